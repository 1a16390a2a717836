public import NIOCore

extension Redis {
    /// Runs a script that is sent along.
    public struct EVAL: RedisCommand {
        public static let name = "EVAL"
        /// Whatever is answered.
        public typealias Response = RESPValue
        /// The script, the keys that it may touch, and what else it is given.
        public var script: String
        public var keysAffected: [String]
        public var arguments: [ByteBuffer]

        /// Runs a script that is sent along.
        public init(_ script: String, keys: [String] = [], arguments: [ByteBuffer] = []) {
            self.script = script
            keysAffected = keys
            self.arguments = arguments
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("EVAL", arguments: 2 + keysAffected.count + arguments.count)
            writer.argument(script)
            writer.scriptArguments(keysAffected, arguments)
        }
    }

    /// Runs a script that the server knows by its SHA-1; it answers `NOSCRIPT` if it does not.
    public struct EVALSHA: RedisCommand {
        public static let name = "EVALSHA"
        /// Whatever is answered.
        public typealias Response = RESPValue
        /// The script's SHA-1 in hexadecimal digits, the keys that it may touch, and what else it is given.
        public var digest: String
        public var keysAffected: [String]
        public var arguments: [ByteBuffer]

        /// Runs a script that the server knows.
        public init(_ digest: String, keys: [String] = [], arguments: [ByteBuffer] = []) {
            self.digest = digest
            keysAffected = keys
            self.arguments = arguments
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("EVALSHA", arguments: 2 + keysAffected.count + arguments.count)
            writer.argument(digest)
            writer.scriptArguments(keysAffected, arguments)
        }
    }

    /// Has the server keep a script. Its reply is the script's SHA-1.
    public struct ScriptLoad: RedisCommand {
        public static let name = "SCRIPT LOAD"
        /// Text.
        public typealias Response = String
        /// The script.
        public var script: String

        /// Has the server keep a script.
        public init(_ script: String) { self.script = script }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("SCRIPT", "LOAD", arguments: 1)
            writer.argument(script)
        }
    }
}

extension RequestWriter {
    fileprivate mutating func scriptArguments(_ keys: [String], _ rest: [ByteBuffer]) {
        argument(keys.count)
        arguments(keys)
        for bytes in rest { argument(bytes) }
    }
}
