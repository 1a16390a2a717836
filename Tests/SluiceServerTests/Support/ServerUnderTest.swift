import Foundation
import Logging
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

/// A server on a free port, on a time line that stands still.
struct ServerUnderTest {
    let server: Server
    let limiter: Limiter
    let time: ManualTime
    let http: ListenAddress

    /// Policies that each show one thing.
    static var policies: [Policy] {
        [
            Policy("chat") {
                Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10)))
                Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))
            },
            Policy("busy") { Rule("slots", .concurrency(2, lease: .seconds(30))) },
            Policy("vip", rules: [Rule("some", by: .user, .concurrency(1), when: ["user": "vip-*"])]),
            Policy("free") { Rule("open", by: .user, .unlimited) },
            Policy("closed", deny: [["user": "mallory"]]) {
                Rule("some", by: .user, .fixedWindow(3, per: .minutes(1)))
            },
            Policy("strict", isStrict: true) { Rule("user", by: .user, .cooldown(.milliseconds(1_500))) },
            Policy("odd \"näme\\") { Rule("rule \"1\\ é", by: .user, .quota(2, per: .day)) },
            Policy("shadow", rules: [Rule("soon", by: .user, .cooldown(.seconds(9)), mode: .shadow)]),
        ]
    }

    /// Runs a server, hands it to `body`, and stops it.
    static func run(
        policies: [Policy] = policies, threads: Int = 1, snapshot: String? = nil, http: ListenAddress? = nil,
        limits: (inout HTTPLimits) -> Void = { _ in }, _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration()
        configuration.http = http ?? .tcp(host: "127.0.0.1", port: 0)
        configuration.resp = nil
        configuration.threads = threads
        configuration.snapshotPath = snapshot
        limits(&configuration.httpLimits)
        let time = ManualTime()
        let limiter = try Limiter(policies, store: MemoryStore(capacity: 4_096), time: .provided(by: time))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = Server(limiter, configuration: configuration, logger: logger)
        let (ready, continuation) = AsyncStream<ServerAddresses>.makeStream()
        let running = Task {
            defer { continuation.finish() }
            try await server.run { continuation.yield($0) }
        }
        var addresses = ready.makeAsyncIterator()
        guard let bound = await addresses.next(), let http = bound.http else {
            try await running.value
            Issue.record("the server ended before it listened")
            return
        }
        let result: Result<Void, any Error>
        do {
            try await body(ServerUnderTest(server: server, limiter: limiter, time: time, http: http))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.shutDown()
        try await running.value
        try result.get()
    }

    func connect<Result>(_ body: (TestConnection) async throws -> Result) async throws -> Result {
        try await TestConnection.with(http, body)
    }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ path: String, _ body: String? = nil, fields: [String] = []
    ) async throws -> HTTPReply {
        try await connect { connection in
            try await connection.send(Self.text(method, path, body, fields: fields))
            return try await connection.reply(hasBody: method != "HEAD")
        }
    }

    /// A request as it goes over the wire.
    static func text(_ method: String, _ path: String, _ body: String? = nil, fields: [String] = []) -> String {
        let fields = ["Host: test"] + fields + (body.map { ["Content-Length: \($0.utf8.count)"] } ?? [])
        return "\(method) \(path) HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n\(body ?? "")"
    }

    /// A request for a decision.
    static func check(
        _ policy: String = "chat", _ user: String = "42", cost: Int = 1, path: String = "/v1/check",
        fields: [String] = []
    ) -> String {
        text(
            "POST", path, "{\"policy\":\"\(policy)\",\"descriptor\":{\"user\":\"\(user)\"},\"cost\":\(cost)}",
            fields: fields)
    }
}
