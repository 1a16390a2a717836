extension Redis {
    /// Asks for a version of the protocol, and says who is there.
    public struct HELLO: RedisCommand {
        public static let name = "HELLO"
        /// The version, who one is, and what `CLIENT LIST` is to show.
        public var version: RESPVersion
        public var credentials: RedisCredentials?
        public var clientName: String?

        /// Asks for a version of the protocol.
        public init(version: RESPVersion, credentials: RedisCredentials? = nil, clientName: String? = nil) {
            self.version = version
            self.credentials = credentials
            self.clientName = clientName
        }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("HELLO", arguments: 1 + (credentials == nil ? 0 : 3) + (clientName == nil ? 0 : 2))
            writer.argument(version.rawValue)
            if let credentials {
                writer.argument("AUTH")
                writer.argument(credentials.username ?? "default")
                writer.argument(credentials.password)
            }
            if let clientName {
                writer.argument("SETNAME")
                writer.argument(clientName)
            }
        }

        /// What the server tells of itself: `server`, `version`, `mode`, `role` and such.
        public func response(from value: RESPValue) throws(RedisError) -> [RESPValue.Pair] {
            guard let pairs = value.pairs else { throw unexpected(value) }
            return pairs
        }
    }

    /// Says who is there.
    public struct AUTH: RedisCommand {
        public static let name = "AUTH"
        /// Nothing but that it was done.
        public typealias Response = Void
        /// User and password.
        public var credentials: RedisCredentials

        /// Says who is there.
        public init(_ credentials: RedisCredentials) { self.credentials = credentials }

        /// Writes the command; without a user's name in the form that servers before version 6 know.
        public func encode(into writer: inout RequestWriter) {
            writer.command("AUTH", arguments: credentials.username == nil ? 1 : 2)
            if let username = credentials.username { writer.argument(username) }
            writer.argument(credentials.password)
        }
    }

    /// Chooses a database.
    public struct SELECT: RedisCommand {
        public static let name = "SELECT"
        /// Nothing but that it was done.
        public typealias Response = Void
        /// Its number.
        public var database: Int

        /// Chooses a database.
        public init(_ database: Int) { self.database = database }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("SELECT", arguments: 1)
            writer.argument(database)
        }
    }

    /// Tells what `CLIENT LIST` is to show.
    public struct ClientSetName: RedisCommand {
        public static let name = "CLIENT SETNAME"
        /// Nothing but that it was done.
        public typealias Response = Void
        /// A name without spaces.
        public var clientName: String

        /// Tells what `CLIENT LIST` is to show.
        public init(_ clientName: String) { self.clientName = clientName }

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) {
            writer.command("CLIENT", "SETNAME", arguments: 1)
            writer.argument(clientName)
        }
    }

    /// Asks whether anybody is there.
    public struct PING: RedisCommand {
        public static let name = "PING"
        /// Text.
        public typealias Response = String

        /// Asks whether anybody is there.
        public init() {}

        /// Writes the command.
        public func encode(into writer: inout RequestWriter) { writer.command("PING", arguments: 0) }
    }
}
