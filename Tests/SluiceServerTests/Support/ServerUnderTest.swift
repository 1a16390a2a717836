import Foundation
import Logging
import Sluice
import SluiceRedis
import SluiceTesting
import Testing

@testable import SluiceServer

/// A server on a free port, on a time line that stands still, unless it has a Redis of the test's own.
struct ServerUnderTest {
    let server: Server
    let limiter: Limiter
    let time: ManualTime
    let http: ListenAddress
    let engine: EngineUnderTest

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
    /// - Parameters:
    ///   - engine: Where the cells are.
    ///   - ownStore: A Redis of the test's own.
    static func run(
        on engine: EngineUnderTest = .memory, ownStore: RedisStore? = nil, policies: [Policy] = policies,
        threads: Int = 1, snapshot: String? = nil, http: ListenAddress? = nil,
        limits: (inout HTTPLimits) -> Void = { _ in }, configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration()
        configuration.http = http ?? .tcp(host: "127.0.0.1", port: 0)
        configuration.resp = nil
        configuration.grpc = nil
        configuration.threads = threads
        configuration.snapshotPath = snapshot
        limits(&configuration.httpLimits)
        configure(&configuration)
        let time = ManualTime()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let sharedStore = ownStore == nil ? try await engine.store(time) : nil
        let server =
            if let store = ownStore ?? sharedStore {
                Server(policies, on: store, configuration: configuration, logger: logger)
            } else {
                Server(
                    try Limiter(policies, store: MemoryStore(capacity: 4_096), time: .provided(by: time)),
                    configuration: configuration, logger: logger)
            }
        let (ready, continuation) = AsyncStream<ServerAddresses>.makeStream()
        let serving = Task {
            defer { continuation.finish() }
            try await server.run { continuation.yield($0) }
        }
        var addresses = ready.makeAsyncIterator()
        guard let bound = await addresses.next(), let http = bound.http, let running = server.runningEngine else {
            try await serving.value
            Issue.record("the server ended before it listened")
            return
        }
        let result: Result<Void, any Error>
        do {
            try await body(
                ServerUnderTest(server: server, limiter: running.limiter, time: time, http: http, engine: engine))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.shutDown()
        try await serving.value
        try result.get()
    }

    /// Puts other policies in force.
    func replacePolicies(with policies: [Policy]) throws {
        switch server.runningEngine {
        case .memory(let limiter): try limiter.replacePolicies(with: policies)
        case .shared(let limiter): try limiter.replacePolicies(with: policies)
        case nil: Issue.record("the server does not run")
        }
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
