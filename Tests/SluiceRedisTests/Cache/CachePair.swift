import RESP
import RedisServers
import Sluice
import SluiceCache
import SluiceRedis
import Synchronization

/// What instances load from: a value that a test changes, and how often it was asked for.
final class TestSource: Sendable {
    private let state = Mutex<(values: [String: String], loads: Int)>(([:], 0))

    var loads: Int { state.withLock { $0.loads } }

    subscript(name: String) -> String? {
        get { state.withLock { $0.values[name] } }
        set { state.withLock { $0.values[name] = newValue } }
    }

    func load(_ name: String) -> String? {
        state.withLock { state in
            state.loads += 1
            return state.values[name]
        }
    }
}

/// Instances of one cache on one Redis, each with connections of its own.
enum CachePair {
    /// Settings that let memory keep values for so long that only an invalidation can end them.
    static let lasting = CacheLifetimes(memory: .hours(1), shared: .hours(1))

    /// A cache of text at a URL, once it is told of invalidations.
    static func instance(
        _ url: String, _ source: TestSource, lifetimes: CacheLifetimes = lasting, limits: CacheLimits = CacheLimits(),
        change: (inout RedisCacheStore) -> Void = { _ in },
        loader: (@Sendable (String) async throws -> String?)? = nil
    ) async throws -> TieredCache<String> {
        var store = try RedisCacheStore(url)
        // Connections of a test come back soon after a server does.
        store.redis.backOff.maximum = .milliseconds(50)
        store.heartbeat = .milliseconds(200)
        change(&store)
        let cache = TieredCache<String>(
            lifetimes: lifetimes, limits: limits, tier: RedisCacheTier(store), codec: .text,
            loader: loader ?? { source.load($0) })
        try await untilTold(cache)
        return cache
    }

    /// Returns once an instance hears of invalidations.
    static func untilTold(_ cache: TieredCache<String>) async throws {
        try await eventually("the cache is told of invalidations") { !cache.isUntold }
    }

    /// Runs something with two instances that are shut down afterwards.
    static func during(
        _ url: String, _ source: TestSource, lifetimes: CacheLifetimes = lasting,
        change: (inout RedisCacheStore) -> Void = { _ in },
        do body: (TieredCache<String>, TieredCache<String>) async throws -> Void
    ) async throws {
        let first = try await instance(url, source, lifetimes: lifetimes, change: change)
        let second = try await instance(url, source, lifetimes: lifetimes, change: change)
        do {
            try await body(first, second)
        } catch {
            await first.shutDown()
            await second.shutDown()
            throw error
        }
        await first.shutDown()
        await second.shutDown()
    }

    /// Returns once the tier has a value that was loaded.
    static func untilFilled(_ server: RedisServer, prefix: String = "cache", _ count: Int = 1) async throws {
        try await eventually("the tier has \(count) values") {
            try await server.command("DBSIZE").number ?? 0 >= count
        }
    }
}
