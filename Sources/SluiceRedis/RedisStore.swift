public import RESP
package import Sluice

/// Where several instances keep their cells together: one Redis server, a master that Sentinels watch, or a cluster.
///
/// ```swift
/// let store = try RedisStore("redis://127.0.0.1:6379")
/// let limiter = try SharedLimiter(policies, store: store)
/// ```
/// A value that says how; a ``SharedLimiter`` made with it opens the connections.
public struct RedisStore: Sendable {
    /// How to reach Redis.
    public var redis: RedisConfiguration
    /// How long a decision may take until the rules' failure choices stand in for Redis.
    public var timeout: Duration {
        get { redis.commandTimeout }
        set { redis.commandTimeout = newValue }
    }

    /// What all keys begin with. Instances that share limits share it; others on the same server have another.
    public var prefix = "sluice"
    /// What callers' names are hashed with before Redis sees them; the same in all instances.
    ///
    /// Without one, names that can be guessed can be recognised by whoever reads the keys.
    public var secret: String?
    /// Event loops that speak to Redis, each over a connection of its own to every node; at most one for each core.
    public var lanes = 1
    /// Decisions that go with one call of the script at most.
    public var decisionsPerCall = 64
    /// Calls that may be in flight: on a single server, or for each hash tag of a cluster. Calls that are not full wait
    /// while a few are, four on a single server and one for a tag, so that they gather decisions.
    public var callsInFlight = 32
    /// Decisions that may wait for Redis. Beyond it the rules' failure choices decide at once.
    public var waitingDecisions = 32_768
    /// Denials that are remembered, so that a flood of denied requests does not reach Redis; 0 for none.
    public var rememberedDenials = 65_536

    /// Decides at these moments instead of Redis's own, for tests.
    package var testTime: (any TimeProvider)?

    /// A store at a URL: `redis://[user:password@]host[:port][/database]`, `rediss://…` with TLS, `unix://path`,
    /// `redis-sentinel://host[:port],…/master`.
    /// - Throws: `RedisError` with what is wrong with the URL.
    public init(_ url: String) throws(RedisError) {
        redis = try RedisConfiguration(url: url)
    }

    /// A store in the Redis Cluster that a node at the URL belongs to. Several hosts, separated by commas, are asked in
    /// turn.
    /// - Throws: `RedisError` with what is wrong with the URL.
    public init(cluster url: String) throws(RedisError) {
        redis = try RedisConfiguration(url: url)
        redis.topology = .cluster
    }

    /// A store on servers described by hand.
    public init(_ redis: RedisConfiguration) {
        self.redis = redis
    }

    var isCluster: Bool { redis.topology == .cluster }
}
