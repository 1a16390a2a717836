/// How to reach Redis, and what the client may take for itself.
///
/// Descriptions of it never hold a password.
public struct RedisConfiguration: Sendable {
    /// What is behind the addresses.
    public enum Topology: Hashable, Sendable {
        /// One server. Of several addresses the first is used.
        case single
        /// A Redis Cluster; the addresses are some of its nodes.
        case cluster
        /// Sentinels, which know where the master of that name is.
        case sentinel(master: String)
    }

    /// Where to begin; at least one.
    public var addresses: [NodeAddress]
    /// What is behind them.
    public var topology = Topology.single
    /// Who to be, or `nil` for whoever a server takes a newcomer for.
    public var credentials: RedisCredentials?
    /// Who to be towards sentinels, which have users of their own.
    public var sentinelCredentials: RedisCredentials?
    /// The database to select. A cluster has 0 only.
    public var database = 0
    /// What `CLIENT LIST` shows; without spaces.
    public var clientName: String?
    /// How to encrypt connections, or `nil` to leave them plain.
    public var tls: RedisTLS?
    /// The newest version of the protocol to ask for. Servers that do not know version 3 get 2 in any case.
    public var version = RESPVersion.three
    /// How long a connection may take until it is ready: name look-up, TCP, TLS and the first commands together.
    public var connectTimeout = Duration.seconds(1)
    /// How long a command may take when whoever sends it names no deadline of its own.
    public var commandTimeout = Duration.milliseconds(250)
    /// How long to wait before connecting again.
    public var backOff = RedisBackOff()
    /// What may wait, and how long a reply may be.
    public var bounds = RedisBounds()

    /// A configuration with the usual time-outs and bounds.
    ///
    /// - Precondition: There is an address.
    public init(addresses: [NodeAddress]) {
        precondition(!addresses.isEmpty, "name at least one address")
        self.addresses = addresses
    }

    /// How long the oldest reply of a connection may be overdue before the connection is taken for dead.
    ///
    /// Three time-outs, at least one second: one slow command must not cost all its neighbours their connection.
    public var overdueBound: Duration { max(commandTimeout * 3, .seconds(1)) }
}
