extension Redis {
    /// Which nodes serve which slots, since Redis 7.
    public struct ClusterShards: RedisCommand {
        public static let name = "CLUSTER SHARDS"
        /// The parts of the answer, as they come.
        public typealias Response = [RESPValue]

        /// Which nodes serve which slots.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("CLUSTER", "SHARDS", arguments: 0) }
    }

    /// Which nodes serve which slots, as servers before Redis 7 tell it.
    public struct ClusterSlots: RedisCommand {
        public static let name = "CLUSTER SLOTS"
        /// The parts of the answer, as they come.
        public typealias Response = [RESPValue]

        /// Which nodes serve which slots.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("CLUSTER", "SLOTS", arguments: 0) }
    }

    /// Has the next command served by a node that a slot is moving to.
    public struct ASKING: RedisCommand {
        public static let name = "ASKING"
        /// Nothing but that it was done.
        public typealias Response = Void

        /// Has the next command served by a node that a slot is moving to.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("ASKING", arguments: 0) }
    }

    /// Has a replica answer reads.
    public struct READONLY: RedisCommand {
        public static let name = "READONLY"
        /// Nothing but that it was done.
        public typealias Response = Void

        /// Has a replica answer reads.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("READONLY", arguments: 0) }
    }

    /// Where a sentinel believes a master to be: host and port, or nothing if it knows none of that name.
    public struct SentinelMasterAddress: RedisCommand {
        public static let name = "SENTINEL GET-MASTER-ADDR-BY-NAME"
        /// The master's name.
        public var master: String

        /// Where a sentinel believes a master to be.
        public init(_ master: String) { self.master = master }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", arguments: 1)
            writer.argument(master)
        }

        /// The address.
        public func response(from value: RESPValue) throws(RedisError) -> NodeAddress? {
            if value == .null { return nil }
            guard let parts = value.elements, parts.count == 2, let host = parts[0].text,
                let port = parts[1].integer, port > 0, port < 65_536
            else { throw unexpected(value) }
            return .tcp(host: host, port: Int(port))
        }
    }
}
