public import Logging
public import NIOCore
public import NIOPosix
import RESP
import Sluice
public import SluiceCache
import Synchronization

/// Values that instances share on Redis, on a master that Sentinels name, or on a Redis Cluster.
///
/// ```swift
/// let redis = RedisCacheTier(try RedisCacheStore("redis://127.0.0.1:6379"))
/// let products = TieredCache<Product>(tier: redis, codec: .json()) { name in try await database.product(name) }
/// ```
/// Invalidations are told on a channel of Redis, on a connection of its own. When that is lost, memory is emptied and
/// trusted for no longer than ``CacheLimits/blindFor`` until it is back.
///
/// One cache uses a tier. ``TieredCache/shutDown()`` ends both.
public final class RedisCacheTier: CacheTier {
    /// Where it is, and what it may take for itself.
    public let store: RedisCacheStore
    /// How names become numbers.
    public let hasher: NameHasher
    let client: RedisClient
    let layout: CacheKeyLayout
    private let logger: Logger
    /// Tells this instance's messages from others'.
    private let instance = UInt64.random(in: 0 ... .max)
    private let subscription = Mutex<RedisSubscription?>(nil)

    /// A tier; connections open as they are needed.
    /// - Parameter group: The event loops to use.
    public init(
        _ store: RedisCacheStore, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sluice.cache")
    ) {
        self.store = store
        self.logger = logger
        hasher = NameHasher(secret: store.secret)
        layout = CacheKeyLayout(prefix: store.prefix, names: store.names, hasher: hasher)
        client = RedisClient(store.redis, lanes: 1, group: group, logger: logger)
    }

    public func begin(_ listener: @escaping @Sendable (CacheTierEvent) -> Void) {
        let (instance, hasher) = (instance, hasher)
        let subscription = RedisSubscription(
            layout.channel, lane: client.lanes[0], heartbeat: store.heartbeat, logger: logger
        ) { event in
            switch event {
            case .listening: listener(.connected)
            case .lost: listener(.lost)
            case .message(let bytes):
                // What cannot be read may have meant anything.
                guard let message = CacheMessage(bytes) else { return listener(.invalidated(.everything)) }
                if message.sender != instance { listener(.invalidated(message.mark(hasher))) }
            }
        }
        self.subscription.withLock { $0 = subscription }
        subscription.start()
    }

    public func lock(_ name: String, for duration: Duration) async throws -> CacheTierLock? {
        let lock = CacheTierLock(name: name, token: .random(in: 0 ... .max))
        let command = Redis.SET(
            layout.lock(name), String(lock.token, radix: 16), expiresInMilliseconds: duration.millisecondsRoundedUp,
            if: .absent)
        return try await client.execute(command) ? lock : nil
    }

    public func unlock(_ lock: CacheTierLock) async {
        // If it fails, or has run out and is another's, there is nothing to give back.
        _ = try? await client.execute(
            Redis.EVAL(
                CacheScripts.unlock, keys: [layout.lock(lock.name)],
                arguments: [ByteBuffer(string: String(lock.token, radix: 16))]))
    }

    public func shutDown() async {
        let subscription = subscription.withLock { subscription in
            defer { subscription = nil }
            return subscription
        }
        await subscription?.close()
        await client.close()
    }

    /// Tells all other instances. They have forgotten when they have heard it.
    func publish(_ scope: CacheScope) async throws {
        let message = CacheMessage(sender: instance, scope, layout)
        try await client.execute(Redis.PUBLISH(layout.channel, message.bytes))
    }
}
