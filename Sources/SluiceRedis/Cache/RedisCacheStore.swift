public import RESP

/// Where a cache's shared tier is, and what it may take for itself.
public struct RedisCacheStore: Sendable {
    /// How names are written in Redis.
    public enum Names: Sendable, Hashable {
        /// By a keyed hash, so that who reads Redis learns no names. Patterns can then not be invalidated; tags can.
        case hashed
        /// As they are, for whoever looks into Redis, and for patterns.
        case plain
    }

    /// How to reach Redis.
    public var redis: RedisConfiguration
    /// What all keys and the channel begin with. Each cache has its own.
    public var prefix = "cache"
    /// How names are written.
    public var names = Names.hashed
    /// What names are hashed with; the same in all instances. Without one, names that can be guessed can be
    /// recognised.
    public var secret: String?
    /// The longest that any value is kept, stale or not; longer lifetimes are cut to it. What was invalidated by a tag
    /// or a pattern is remembered for this long and a load.
    public var longestLife = Duration.seconds(86_400)
    /// The longest load whose result may be kept; at least as long as ``CacheLimits/loadTime``.
    public var longestLoad = Duration.seconds(30)
    /// How often Redis is asked whether it is still there. A line that is silent for two of them is taken for lost,
    /// which bounds for how long an invalidation may go unnoticed.
    public var heartbeat = Duration.seconds(1)
    /// The most patterns that are remembered; beyond it, the oldest invalidates all that is older than itself.
    public var patterns = 64
    /// The most keys that one invalidation by a pattern looks at to free their memory; the rest expires by itself.
    public var scannedKeys = 100_000

    /// A tier at a URL, as `RedisStore` reads it.
    /// - Throws: `RedisError` with what is wrong with the URL.
    public init(_ url: String) throws(RedisError) { redis = try RedisConfiguration(url: url) }

    /// A tier in the Redis Cluster that a node at the URL belongs to.
    /// - Throws: `RedisError` with what is wrong with the URL.
    public init(cluster url: String) throws(RedisError) {
        redis = try RedisConfiguration(url: url)
        redis.topology = .cluster
    }

    /// A tier on servers described by hand.
    public init(_ redis: RedisConfiguration) { self.redis = redis }

    /// For how long it is remembered that something was invalidated: no value from before it lives as long.
    var memory: Duration { longestLife + longestLoad + redis.commandTimeout + .seconds(1) }
    /// For how long a name is known to have been invalidated: no load that began before it may fill the tier later.
    var tombstone: Duration { longestLoad + redis.commandTimeout + .seconds(1) }
}
