/// One way of asking a server process for decisions.
struct ServerTraffic: Sendable {
    private enum Way {
        case http(users: Int)
        case resp([String], linesOfReply: Int, connections: Int, depth: Int)
        case grpc(calls: Int)
    }

    let title: String
    /// Whether one request follows the answer of another, so that its time is the server's alone.
    var isOneAtATime = false
    private let way: Way

    /// What the server serves.
    static let policies = "policies: {web: {rules: [{name: each, by: [user], limit: 1000000 per 1m}]}}"

    private static let check = ["SLUICE.CHECK", "web", "user", "{user}"]
    private static let throttle = ["CL.THROTTLE", "user:{user}", "1000000", "1000000", "60"]

    /// All that are measured.
    static let all = [
        ServerTraffic(title: "HTTP, one at a time", isOneAtATime: true, way: .http(users: 1)),
        ServerTraffic(title: "HTTP, 50 connections", way: .http(users: 50)),
        resp("SLUICE.CHECK", check, lines: 8, connections: 1, depth: 1),
        resp("SLUICE.CHECK", check, lines: 8, connections: 1, depth: 16),
        resp("SLUICE.CHECK", check, lines: 8, connections: 50, depth: 1),
        resp("SLUICE.CHECK", check, lines: 8, connections: 50, depth: 16),
        resp("CL.THROTTLE", throttle, lines: 6, connections: 1, depth: 1),
        resp("CL.THROTTLE", throttle, lines: 6, connections: 1, depth: 16),
        resp("CL.THROTTLE", throttle, lines: 6, connections: 50, depth: 1),
        resp("CL.THROTTLE", throttle, lines: 6, connections: 50, depth: 16),
        ServerTraffic(title: "Envoy's gRPC, one at a time", isOneAtATime: true, way: .grpc(calls: 1)),
        ServerTraffic(title: "Envoy's gRPC, 50 at once", way: .grpc(calls: 50)),
    ]

    private static func resp(
        _ name: String, _ words: [String], lines: Int, connections: Int, depth: Int
    ) -> ServerTraffic {
        let isOne = connections == 1 && depth == 1
        let parts = [connections > 1 ? "\(connections) connections" : nil, depth > 1 ? "\(depth) at once" : nil]
        let how = isOne ? "one at a time" : parts.compactMap(\.self).joined(separator: ", ")
        return ServerTraffic(
            title: "\(name), \(how)", isOneAtATime: isOne,
            way: .resp(words, linesOfReply: lines, connections: connections, depth: depth))
    }

    /// Asks for a while.
    /// - Returns: What came of it, and the server's processor time for each decision in nanoseconds, if the system
    ///   tells and it is more than nothing; `nil` where the server or this build does not speak the protocol.
    func measure(
        _ server: ServedProgram, for duration: Duration
    ) async throws -> (count: TrafficCount, processor: Double?)? {
        let before = server.usage
        guard let count = try await ask(server, for: duration) else { return nil }
        guard let before, let after = server.usage, after.nanoseconds > before.nanoseconds else { return (count, nil) }
        return (count, (after.nanoseconds - before.nanoseconds) / Double(max(1, count.answers)))
    }

    private func ask(_ server: ServedProgram, for duration: Duration) async throws -> TrafficCount? {
        switch way {
        case .http(let users):
            let task = LoadTask(
                "check", "POST", "/v1/check", body: "{\"policy\":\"web\",\"descriptor\":{\"user\":\"{user}\"}}")
            let plan = try LoadPlan(url: server.url, users: users, duration: duration, tasks: [task])
            let result = try await LoadRun(plan).run()
            let all = result.all
            guard all.failed == 0, all.asked > 0 else {
                throw BenchError("the server failed \(all.failed) of \(all.asked) requests over HTTP")
            }
            return TrafficCount(answers: all.answered, seconds: result.seconds, latencies: all.latencies)
        case .resp(let words, let lines, let connections, let depth):
            guard let port = server.port(of: "resp") else { return nil }
            let traffic = RESPTraffic(
                port: port, connections: connections, depth: depth, words: words, linesOfReply: lines)
            return try await traffic.run(for: duration)
        case .grpc(let calls):
            #if GRPC
            guard let port = server.port(of: "grpc") else { return nil }
            return try await GRPCTraffic(port: port, calls: calls, domain: "web", key: "user").run(for: duration)
            #else
            return nil
            #endif
        }
    }
}
