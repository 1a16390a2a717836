public import NIOCore

extension Redis {
    /// Reads a string.
    public struct GET: RedisCommand {
        public static let name = "GET"
        /// The bytes, or `nil` if there are none.
        public typealias Response = ByteBuffer?
        /// Where it is.
        public var key: String
        public var keysAffected: [String] { [key] }

        /// Reads a string.
        public init(_ key: String) { self.key = key }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("GET", arguments: 1)
            writer.argument(key)
        }
    }

    /// Writes a string. Its reply is whether it was written.
    public struct SET: RedisCommand {
        /// On what it depends whether the string is written.
        public enum Condition: String, Sendable {
            /// There has to be none, or one.
            case absent = "NX"
            case present = "XX"
        }

        /// What messages call it.
        public static let name = "SET"
        /// Where, what, how long it stays, and on what it depends.
        public var key: String
        public var value: ByteBuffer
        public var expiresInMilliseconds: Int64?
        public var condition: Condition?
        public var keysAffected: [String] { [key] }

        /// Writes bytes.
        public init(
            _ key: String, _ value: ByteBuffer, expiresInMilliseconds: Int64? = nil, if condition: Condition? = nil
        ) {
            self.key = key
            self.value = value
            self.expiresInMilliseconds = expiresInMilliseconds
            self.condition = condition
        }

        /// Writes text.
        public init(
            _ key: String, _ value: String, expiresInMilliseconds: Int64? = nil, if condition: Condition? = nil
        ) {
            self.init(key, ByteBuffer(string: value), expiresInMilliseconds: expiresInMilliseconds, if: condition)
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command(
                "SET", arguments: 2 + (expiresInMilliseconds == nil ? 0 : 2) + (condition == nil ? 0 : 1))
            writer.argument(key)
            writer.argument(value)
            if let expiresInMilliseconds {
                writer.argument("PX")
                writer.argument(expiresInMilliseconds)
            }
            if let condition { writer.argument(condition.rawValue) }
        }

        /// Whether it was written: only a condition can keep it from that.
        public func response(from value: RESPValue) throws(RedisError) -> Bool { value != .null }
    }

    /// Removes keys. Its reply is how many there were.
    public struct DEL: RedisCommand {
        public static let name = "DEL"
        /// A whole number.
        public typealias Response = Int64
        /// Which.
        public var keysAffected: [String]

        /// Removes keys.
        public init(_ keys: [String]) { keysAffected = keys }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("DEL", arguments: keysAffected.count)
            writer.arguments(keysAffected)
        }
    }

    /// How long a key stays, in milliseconds: -1 for ever, -2 if there is none.
    public struct PTTL: RedisCommand {
        public static let name = "PTTL"
        /// A whole number.
        public typealias Response = Int64
        /// Which.
        public var key: String
        public var keysAffected: [String] { [key] }

        /// How long a key stays.
        public init(_ key: String) { self.key = key }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("PTTL", arguments: 1)
            writer.argument(key)
        }
    }
}
