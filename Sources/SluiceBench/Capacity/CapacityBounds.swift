import Sluice
import SluiceServer

/// Bounds of servers and of Redis that a plan can run into.
enum CapacityBounds {
    /// `RedisStore.decisionsPerCall`.
    static let requestsPerCall = 64
    /// `RedisStore.callsInFlight`.
    static let callsInFlight = 32
    /// Connections of clients that a server takes.
    static func connections(_ transport: CapacityDemand.Transport) -> Double {
        switch transport {
        case .resp: Double(RESPConfiguration(address: .tcp(host: "127.0.0.1", port: 0)).maximumConnections)
        case .http: Double(HTTPLimits().maximumConnections)
        // `GRPCEndpoint.Limits`, which is not part of every build.
        case .grpc: 1_024
        }
    }
    /// `wrk -c50`, `redis-benchmark -c 50` and `h2load -m50` of docs/performance.md.
    static let measuredConnections = 50.0
    /// `LimitNOFILE` of Packaging/sluice.service.
    static let descriptors = 65_536.0
    /// `--capacity`, unless it is said.
    static let cells = Double(MemoryStore.defaultCapacity)
    /// Cells that share a prefix, as far as was measured: docs/redis.md, Sizing.
    static let cellsOfPrefix = 10e6
    /// Buckets of a prefix.
    static let buckets = 65_536.0
    /// `maxclients` of Redis, unless it is said.
    static let redisConnections = 10_000.0
    /// Nodes that a cluster is meant to have at most, by the Redis Cluster specification.
    static let clusterNodes = 1_000.0
    /// Seconds after which a node is taken for dead, `cluster-node-timeout`; pings go out twice as often.
    static let nodeTimeout = 15.0
    /// A cluster has three masters at least.
    static let leastMasters = 3
    /// Bytes of a packet for its content: 1,500 of Ethernet less 52 of IPv4 and TCP with timestamps.
    static let packetContent = 1_448.0
}
