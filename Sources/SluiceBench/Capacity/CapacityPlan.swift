/// What a demand needs, where it stops, and what it was reckoned with.
public struct CapacityPlan: Sendable, Hashable, Codable {
    /// The servers of a group.
    public struct Servers: Sendable, Hashable, Codable {
        /// How many in each group.
        public var count: Int
        /// Seconds of a core that a decision takes.
        public var secondsPerDecision: Double
        /// The share of their cores' time that is used.
        public var utilisation: Double
        /// Connections of clients, of each server.
        public var clientConnections: Double
        /// Connections to Redis, of each server.
        public var redisConnections: Int
        /// Bytes of memory, of each server.
        public var bytes: Double
        /// Bytes in a second that each receives, heads of packets included.
        public var bytesIn: Double
        /// Bytes in a second that each sends.
        public var bytesOut: Double
        /// Seconds that 99 of 100 reads wait for their event loop at most.
        public var wait: Double

        /// Open files of each server but for its listening sockets.
        public var descriptors: Double { clientConnections + Double(redisConnections) }
    }

    /// The Redis of a group.
    public struct Redis: Sendable, Hashable, Codable {
        /// Masters in each group: one, or a cluster's.
        public var masters: Int
        /// Replicas of all of them.
        public var replicas: Int
        /// Decisions that go with a call.
        public var decisionsPerCall: Double
        /// Seconds of Redis that a decision takes.
        public var secondsPerDecision: Double
        /// Decisions in a second that reach it.
        public var rate: Double
        /// Hash tags of the busiest master, of 128; all of a single Redis.
        public var busiestTags: Int
        /// The share of the busiest master's time that is used.
        public var utilisation: Double
        /// How many masters there would be if slots were moved so that each has as many tags as the next.
        public var mastersWithEvenTags: Int
        /// Connections of each master: of servers and replicas.
        public var connections: Int
        /// Bytes that the busiest master uses.
        public var usedBytes: Double
        /// Bytes that each node should have.
        public var bytes: Double
        /// Bytes in a second that the busiest master receives, heads of packets included.
        public var bytesIn: Double
        /// Bytes in a second that it sends, to replicas too.
        public var bytesOut: Double
        /// Bytes in a second that each node sends to keep the cluster together, and receives.
        public var busBytes: Double
        /// Seconds that 99 of 100 calls wait for the busiest master at most.
        public var wait: Double
    }

    /// The same demand with callers split otherwise.
    public struct Split: Sendable, Hashable, Codable {
        /// Groups, and what all of them have.
        public var groups: Int
        public var servers: Int
        public var masters: Int
        /// Decisions that go with a call.
        public var decisionsPerCall: Double
    }

    /// What was asked.
    public var demand: CapacityDemand
    /// Cells that say something at a time.
    public var liveCells: Double
    /// Groups of servers, each with callers and, on Redis, a Redis of its own; in memory one for each server.
    public var groups: Int
    /// Decisions in a second of the group that has the hottest key.
    public var groupRate: Double
    /// Live cells of a group.
    public var groupCells: Double
    /// Of each group.
    public var servers: Servers
    /// Of each group; `nil` in memory.
    public var redis: Redis?
    /// More groups with smaller clusters, down to one Redis each, where their calls carry more; empty in memory.
    public var splits: [Split]
    /// Seconds after which 99 of 100 decisions are made at the latest, from a server's receiving to its answering.
    public var latency: Double
    /// Where it stops as it grows, the nearest first.
    public var stops: [CapacityStop]
    /// The costs it was reckoned with.
    public var costs: [String: Double]
}
