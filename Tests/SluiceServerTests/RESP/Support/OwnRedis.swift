import RESP
import RedisServers
import Sluice
import SluiceRedis

/// A Redis of a test's own, to be stopped and started, and a store on it.
struct OwnRedis {
    let server: RedisServer
    var store: RedisStore

    /// - Parameter timeout: A long one for tests that hold Redis where it stands, a short one for those that end it.
    static func during(timeout: Duration, _ body: (OwnRedis) async throws -> Void) async throws {
        try await RedisServer.during { server in
            var store = try RedisStore(server.url)
            store.secret = "a secret that only tests share"
            store.redis.commandTimeout = timeout
            store.redis.connectTimeout = .seconds(5)
            try await body(OwnRedis(server: server, store: store))
        }
    }

    /// One policy for each failure choice, and two with what no choice stands in for.
    static let policies: [Policy] =
        [("open", .allow), ("shut", .deny), ("here", .local)].map { name, choice in
            Policy(name, rules: [Rule("some", by: .user, .fixedWindow(1_000, per: .hours(24)))], onStoreFailure: choice)
        } + [Policy("busy", rules: [Rule("slots", .concurrency(2, lease: .hours(1)))], onStoreFailure: .allow)]
}
