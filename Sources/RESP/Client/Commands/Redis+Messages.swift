public import NIOCore

extension Redis {
    /// Sends a message to whoever listens to a channel. Its reply is how many of them the node knew of.
    public struct PUBLISH: RedisCommand {
        public static let name = "PUBLISH"
        /// A whole number.
        public typealias Response = Int64
        /// To whom, and what.
        public var channel: String
        public var message: ByteBuffer

        /// Sends a message.
        public init(_ channel: String, _ message: ByteBuffer) {
            self.channel = channel
            self.message = message
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("PUBLISH", arguments: 2)
            writer.argument(channel)
            writer.argument(message)
        }
    }

    /// Listens to a channel, on a connection that does nothing else.
    public struct SUBSCRIBE: RedisCommand {
        public static let name = "SUBSCRIBE"
        /// Whatever is answered.
        public typealias Response = RESPValue
        /// To what.
        public var channel: String

        /// Listens to a channel.
        public init(_ channel: String) { self.channel = channel }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("SUBSCRIBE", arguments: 1)
            writer.argument(channel)
        }
    }

    /// Looks at some of the keys of a node, and says where to go on.
    public struct SCAN: RedisCommand {
        public static let name = "SCAN"
        /// Where to go on, "0" at the end, and the keys that were found.
        public struct Response: Sendable, Hashable {
            /// Where to go on, and what was found.
            public var cursor: String
            public var keys: [String]
        }

        /// Where to go on, which keys are wanted, and how many are looked at.
        public var cursor: String
        public var pattern: String
        public var count: Int

        /// Looks at some keys, from the beginning with the cursor "0".
        public init(_ cursor: String = "0", matching pattern: String, count: Int) {
            self.cursor = cursor
            self.pattern = pattern
            self.count = count
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("SCAN", arguments: 5)
            writer.argument(cursor)
            writer.argument("MATCH")
            writer.argument(pattern)
            writer.argument("COUNT")
            writer.argument(count)
        }

        /// Where to go on, and what was found.
        public func response(from value: RESPValue) throws(RedisError) -> Response {
            guard let parts = value.elements, parts.count == 2, let cursor = parts[0].text,
                let keys = parts[1].elements
            else { throw unexpected(value) }
            return Response(cursor: cursor, keys: keys.compactMap(\.text))
        }
    }

    /// Removes keys, whose memory is freed later. Its reply is how many there were.
    public struct UNLINK: RedisCommand {
        public static let name = "UNLINK"
        /// A whole number.
        public typealias Response = Int64
        /// Which.
        public var keysAffected: [String]

        /// Removes keys.
        public init(_ keys: [String]) { keysAffected = keys }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("UNLINK", arguments: keysAffected.count)
            writer.arguments(keysAffected)
        }
    }
}
