extension Redis {
    /// The server's time, in microseconds since 1970.
    public struct TIME: RedisCommand {
        public static let name = "TIME"

        /// The server's time.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("TIME", arguments: 0) }

        /// Microseconds since 1970.
        public func response(from value: RESPValue) throws(RedisError) -> Int64 {
            guard let parts = value.elements, parts.count == 2, let seconds = parts[0].integer,
                let microseconds = parts[1].integer
            else { throw unexpected(value) }
            return seconds * 1_000_000 + microseconds
        }
    }

    /// What the server tells of itself, in lines of `name:value`.
    public struct INFO: RedisCommand {
        public static let name = "INFO"
        /// Text.
        public typealias Response = String
        /// The part that is wanted, such as `memory`.
        public var section: String

        /// What the server tells of itself.
        public init(_ section: String) { self.section = section }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("INFO", arguments: 1)
            writer.argument(section)
        }
    }

    /// Whether the server is a master, a replica or a sentinel, and whose.
    public struct ROLE: RedisCommand {
        public static let name = "ROLE"
        /// The parts of the answer, as they come.
        public typealias Response = [RESPValue]

        /// Whether the server is a master, a replica or a sentinel.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("ROLE", arguments: 0) }
    }

    /// Any command, word by word.
    public struct Command: RedisCommand {
        public static let name = "this command"
        /// Whatever is answered.
        public typealias Response = RESPValue
        /// The command and its arguments, and which of them are keys.
        public var words: [String]
        public var keysAffected: [String]

        /// Any command, word by word.
        ///
        /// - Precondition: There is a word.
        public init(_ words: [String], keysAffected: [String] = []) {
            precondition(!words.isEmpty, "a command has a name")
            self.words = words
            self.keysAffected = keysAffected
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.words(words) }
    }
}
