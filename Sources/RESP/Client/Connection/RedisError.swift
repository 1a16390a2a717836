/// A command that Redis did not answer as asked, and whether it may have run all the same.
public struct RedisError: Error, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case notConnected, connectionLost, timedOut, queueFull, cancelled, closed
            case protocolViolation, handshakeFailed, rejected, unexpectedReply, invalidConfiguration, unavailable
        }

        private let kind: Kind

        /// No connection is up; the next attempt is under way or waits for its turn.
        public static let notConnected = Code(kind: .notConnected)
        /// The connection ended while the reply was awaited.
        public static let connectionLost = Code(kind: .connectionLost)
        /// No reply came before the deadline.
        public static let timedOut = Code(kind: .timedOut)
        /// Too many commands wait already.
        public static let queueFull = Code(kind: .queueFull)
        /// Whoever asked no longer wants the reply.
        public static let cancelled = Code(kind: .cancelled)
        /// The node or the client was closed by its owner.
        public static let closed = Code(kind: .closed)
        /// The server sent what is no reply.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The server refused the connection's first commands: password, user, database or version.
        public static let handshakeFailed = Code(kind: .handshakeFailed)
        /// The server answered with an error; ``RedisError/reply`` has it.
        public static let rejected = Code(kind: .rejected)
        /// The reply is of another kind than the command's.
        public static let unexpectedReply = Code(kind: .unexpectedReply)
        /// An address or an option is wrong.
        public static let invalidConfiguration = Code(kind: .invalidConfiguration)
        /// No node can be found that serves the request: no master known, slots uncovered.
        public static let unavailable = Code(kind: .unavailable)

        public var description: String { kind.rawValue }
    }

    /// The kind of fault, and what is wrong and what to do. Neither ever holds a password.
    public let code: Code
    public let message: String
    /// Whether the request had been handed to the network and no reply told what became of it. Such a request is
    /// never sent again: it may have run.
    public let mayHaveRun: Bool
    /// The server's own words, if it refused.
    public let reply: RESPErrorReply?
    /// What led to this.
    public let cause: (any Error)?

    /// A fault.
    public init(
        _ code: Code, _ message: String, mayHaveRun: Bool = false, reply: RESPErrorReply? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.mayHaveRun = mayHaveRun
        self.reply = reply
        self.cause = cause
    }

    /// A server's refusal of a command.
    public static func rejected(_ reply: RESPErrorReply) -> RedisError {
        RedisError(.rejected, reply.text, reply: reply)
    }

    /// Whether somebody has to correct an address, an option, a password or a user.
    var isMistake: Bool { code == .invalidConfiguration || code == .handshakeFailed }

    public var description: String {
        let end = cause.map { " (\($0))" } ?? ""
        return "\(code): \(message)\(end)\(mayHaveRun ? "; it may have run" : "")"
    }
}
