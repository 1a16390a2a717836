/// What went wrong between a bot and Telegram, with what to do about it. It never holds the bot's token.
public struct TelegramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Hashable, Sendable {
            case malformedUpdate, malformedToken, malformedSecret, malformedAnswer
            case refused, unauthorized, forbidden, notFound, conflict, tooManyRequests, migrated, unavailable
            case unreachable
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// An update is not what the Bot API sends.
        public static let malformedUpdate = Code(.malformedUpdate)
        /// A token is not of the form `123456:ABC…`.
        public static let malformedToken = Code(.malformedToken)
        /// A webhook's secret has characters that the Bot API does not take.
        public static let malformedSecret = Code(.malformedSecret)
        /// An answer is not what the Bot API sends.
        public static let malformedAnswer = Code(.malformedAnswer)
        /// A call is wrong: the same one again is refused again.
        public static let refused = Code(.refused)
        /// The token is revoked or wrong.
        public static let unauthorized = Code(.unauthorized)
        /// The bot may not: it was blocked, removed, or has not the right.
        public static let forbidden = Code(.forbidden)
        /// No such method or no such bot.
        public static let notFound = Code(.notFound)
        /// Another instance polls, or a webhook is set.
        public static let conflict = Code(.conflict)
        /// Too many calls; ``TelegramError/retryAfter`` tells when one may pass.
        public static let tooManyRequests = Code(.tooManyRequests)
        /// The group has become a supergroup with the identifier in ``TelegramError/migrateToChatID``.
        public static let migrated = Code(.migrated)
        /// The Bot API has a fault of its own; later it may work.
        public static let unavailable = Code(.unavailable)
        /// No answer came: the call may or may not have been carried out.
        public static let unreachable = Code(.unreachable)

        public var description: String { base.rawValue }
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to do, in one sentence.
    public var message: String
    /// How long the Bot API wants to be left alone.
    public var retryAfter: Duration?
    /// What the chat is called now.
    public var migrateToChatID: Int64?
    /// The update that could not be read, if it could be told.
    public var updateID: Int64?

    /// An error of a kind with a message that says what to do.
    public init(
        _ code: Code, _ message: String, retryAfter: Duration? = nil, migrateToChatID: Int64? = nil,
        updateID: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.migrateToChatID = migrateToChatID
        self.updateID = updateID
    }

    public var description: String { message }

    /// Whether the same call may succeed later.
    public var isWorthRetrying: Bool { [.tooManyRequests, .unavailable, .unreachable].contains(code) }
}
