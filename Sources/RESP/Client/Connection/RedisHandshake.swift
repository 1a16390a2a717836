import NIOCore

/// The first commands of a connection, one after the other: `HELLO 3` with user and name, or for servers that do not
/// know it `AUTH` and `CLIENT SETNAME`; then `SELECT`.
///
/// Source: <https://redis.io/docs/latest/commands/hello/>.
struct RedisHandshake {
    enum Outcome: Equatable {
        case send(ByteBuffer)
        case ready(RESPVersion)
        case failed(RedisError.Code, String, RESPErrorReply?)
    }

    private enum Step {
        /// To `authenticate` if the server knows no `HELLO`, otherwise to `select`.
        case hello
        /// `AUTH` of version 2. To `setName`.
        case authenticate
        /// A name is a courtesy: whatever is answered, to `select`.
        case setName
        case select
    }

    private let credentials: RedisCredentials?
    private let clientName: String?
    private let database: Int
    private var version: RESPVersion
    private var step = Step.hello

    init(_ configuration: RedisConfiguration) {
        credentials = configuration.credentials
        clientName = configuration.clientName
        database = configuration.database
        version = configuration.version
    }

    /// The first command, if there is any.
    mutating func begin() -> Outcome {
        guard version == .three else { return authenticate() }
        return .send(Redis.HELLO(version: .three, credentials: credentials, clientName: clientName).encoded())
    }

    /// What to do when the server has answered the last command.
    mutating func received(_ value: RESPValue) -> Outcome {
        switch (step, value) {
        case (.hello, .error(let error)) where Self.knowsNoHello(error):
            version = .two
            return authenticate()
        case (.hello, .error(let error)), (.authenticate, .error(let error)): return refused(error)
        case (.select, .error(let error)):
            return .failed(.handshakeFailed, "database \(database) cannot be selected: \(error.text)", error)
        case (.hello, .map): return select()
        case (.authenticate, _) where value.text == "OK": return setName()
        case (.setName, _): return select()
        case (.select, _) where value.text == "OK": return .ready(version)
        case (.hello, _), (.authenticate, _), (.select, _):
            return .failed(.protocolViolation, "the first commands were answered otherwise than Redis answers", nil)
        }
    }

    private mutating func authenticate() -> Outcome {
        guard let credentials else { return setName() }
        step = .authenticate
        return .send(Redis.AUTH(credentials).encoded())
    }

    private mutating func setName() -> Outcome {
        guard let clientName else { return select() }
        step = .setName
        return .send(Redis.ClientSetName(clientName).encoded())
    }

    private mutating func select() -> Outcome {
        guard database != 0 else { return .ready(version) }
        step = .select
        return .send(Redis.SELECT(database).encoded())
    }

    private static func knowsNoHello(_ error: RESPErrorReply) -> Bool {
        error.hasCode("NOPROTO") || error.text.lowercased().hasPrefix("err unknown command")
    }

    private func refused(_ error: RESPErrorReply) -> Outcome {
        let user = credentials?.username ?? "default"
        let message =
            switch error.code {
            case "WRONGPASS": "the server refuses the password of user '\(user)': check both, and ACL LIST there"
            case "NOAUTH": "the server asks for a password: give one, as in redis://:password@host"
            case "ERR" where error.text.contains("without any password"):
                "a password was given, but the server has none for user '\(user)': leave it out, or set one there"
            default: "the server refuses the connection: \(error.text)"
            }
        return .failed(.handshakeFailed, message, error)
    }
}
