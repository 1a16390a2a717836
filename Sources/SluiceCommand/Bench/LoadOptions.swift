import ArgumentParser
import SluiceBench

/// The load that `sluice bench load --url …` puts on somebody's own server.
struct LoadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server to put a load on, in place of one of its own.", valueName: "http://host"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "What users do: 'NAME=WEIGHT METHOD PATH [BODY]'. {user} stands for the user's number. May be repeated.",
            valueName: "task"))
    var task: [String] = []

    @Option(
        help: ArgumentHelp(
            "A field of all requests: 'NAME: VALUE'. May be repeated.", valueName: "field"))
    var header: [String] = []

    @Option(
        help: ArgumentHelp("Users, each on a connection of his own. (default: 100)", valueName: "n"))
    var users: Int?

    @Option(
        help: ArgumentHelp("How many users come in a second. (default: all at once)", valueName: "n"))
    var ramp: Double?

    @Option(help: ArgumentHelp("For how long they ask. (default: 30s)", valueName: "duration"))
    var duration: String?

    @Option(
        help: ArgumentHelp(
            "How long a user thinks: 500ms, or 100ms-500ms. (default: 0)", valueName: "duration"))
    var think: String?

    @Option(
        help: ArgumentHelp(
            "An open loop: so many requests are due in a second, answered or not. (default: a closed loop)",
            valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("The most requests. (default: as many as come about)", valueName: "n"))
    var requests: Int?

    @Option(
        help: ArgumentHelp(
            "When a request without an answer counts as failed. (default: 10s)", valueName: "duration"))
    var timeout: String?

    /// `nil` without `--url`.
    func plan() throws -> LoadPlan? {
        guard let url else {
            let others: [Any?] = [
                task.first, header.first, users, ramp, duration, think, rate, requests, timeout,
            ]
            guard others.allSatisfy({ $0 == nil }) else {
                throw ValidationError("Name the server that the load is put on: --url http://HOST:PORT.")
            }
            return nil
        }
        var headers: [String: String] = [:]
        for text in header {
            let (name, value) = try LoadTask.header(text: text)
            headers[name] = value
        }
        let texts = task.isEmpty ? ["get GET /"] : task
        return try LoadPlan(
            url: url, users: users ?? 100, ramp: ramp,
            duration: try duration.map { try LoadPlan.span(text: $0) } ?? .seconds(30),
            thinkTime: try think.map { try LoadPlan.thinkTime(text: $0) } ?? .zero ... .zero, rate: rate,
            requests: requests, timeout: try timeout.map { try LoadPlan.span(text: $0) } ?? .seconds(10),
            marks: .api,
            tasks: try texts.map { try LoadTask(text: $0, headers: headers) })
    }
}
