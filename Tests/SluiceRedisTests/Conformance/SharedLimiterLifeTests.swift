import Logging
import RESP
import RedisServers
import Sluice
import SluiceRedis
import Testing

@Suite("A limiter on Redis, from its beginning to its end")
struct SharedLimiterLifeTests {
    private static let policies = [
        Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) }
    ]
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func limiter(_ server: RedisServer, prefix: String, secret: String? = nil) throws -> SharedLimiter {
        var store = try RedisStore(server.url)
        store.prefix = prefix
        store.secret = secret
        store.redis.commandTimeout = .seconds(10)
        store.redis.clientName = prefix
        return try SharedLimiter(Self.policies, store: store, logger: Self.quiet)
    }

    private func connections(_ server: RedisServer, of name: String) async throws -> Int {
        try await server.cli("CLIENT", "LIST").split(separator: "\n").count { $0.contains("name=\(name) ") }
    }

    @Test("two limiters share what was used, and one that starts later finds it")
    func shared() async throws {
        let server = try await RedisServer.shared()
        let first = try limiter(server, prefix: "life-shared")
        let second = try limiter(server, prefix: "life-shared")
        for remaining in [4, 3, 2] as [Int64] {
            #expect(try await first.decide("chat", [.user: "42"]).remaining == remaining)
        }
        #expect(try await second.decide("chat", [.user: "42"]).remaining == 1)
        await first.shutDown()
        let third = try limiter(server, prefix: "life-shared")
        #expect(try await third.decide("chat", [.user: "42"]).remaining == 0)
        let decision = try await second.decide("chat", [.user: "42"])
        #expect(!decision.isAllowed && !decision.isDegraded)
        await second.shutDown()
        await third.shutDown()
    }

    @Test("shutting down closes its connections, and so does forgetting it")
    func connectionsEnd() async throws {
        let server = try await RedisServer.shared()
        let kept = try limiter(server, prefix: "life-kept")
        var forgotten: SharedLimiter? = try limiter(server, prefix: "life-forgotten")
        _ = try await kept.decide("chat", [.user: "1"])
        _ = try await forgotten?.decide("chat", [.user: "1"])
        #expect(try await connections(server, of: "life-kept") == 1)
        #expect(try await connections(server, of: "life-forgotten") == 1)
        await kept.shutDown()
        forgotten = nil
        try await eventually("all connections are closed") {
            let kept = try await connections(server, of: "life-kept")
            let forgotten = try await connections(server, of: "life-forgotten")
            return kept == 0 && forgotten == 0
        }
        #expect(try await kept.decide("chat", [.user: "1"]).isDegraded)
    }

    @Test("Redis sees no name, and every key expires")
    func noNames() async throws {
        try await RedisServer.during { server in
            let limiter = try limiter(server, prefix: "life")
            let name = "somebody-with-a-name"
            for _ in 0..<7 { _ = try await limiter.decide("chat", [.user: name]) }
            let keys = try await server.cli("KEYS", "*").split(separator: "\n").map(String.init)
            #expect(!keys.isEmpty)
            for key in keys {
                #expect(!key.contains("somebody"))
                #expect(try await server.command("PTTL", key).number ?? -1 > 0, "\(key) never expires")
                let value = try await server.cli("DUMP", key)
                #expect(!value.contains("somebody"))
            }
            await limiter.shutDown()
        }
    }

    @Test("another secret names a caller otherwise, so that nobody finds him by trying names")
    func secrets() async throws {
        try await RedisServer.during { server in
            for secret in ["one", "other"] {
                let limiter = try limiter(server, prefix: "life", secret: secret)
                #expect(try await limiter.decide("chat", [.user: "42"]).remaining == 4)
                await limiter.shutDown()
            }
            #expect(try await server.cli("KEYS", "life:{??}:????").split(separator: "\n").count == 2)
        }
    }
}
