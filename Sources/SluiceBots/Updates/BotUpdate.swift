/// What a chat platform tells a bot, as far as limits care: who, where, and what.
///
/// A framework's own update becomes one of these; what it says decides which rules apply, through ``descriptor``.
public struct BotUpdate: Sendable, Hashable {
    /// Where it comes from.
    public var platform: Platform
    /// What the platform calls it, unique in that bot, for updates that are delivered again; `nil` where it has none.
    public var id: String?
    /// What happened, in the platform's word, such as `message` or `callback_query`.
    public var kind: String
    /// Who caused it; `nil` for what no user did, such as a poll that closed.
    public var user: BotUser?
    /// Where it happened; `nil` outside of chats, such as an inline query.
    public var chat: BotChat?
    /// What was written: a message's text, or a caption.
    public var text: String?
    /// The command without its mark and without the bot's name, such as `start`.
    public var command: String?
    /// What a pressed button carries.
    public var callbackData: String?
    /// What makes two updates the same thing said twice; `nil` if nothing does.
    public var fingerprint: String?

    /// An update of a platform.
    public init(
        platform: Platform, id: String? = nil, kind: String, user: BotUser? = nil, chat: BotChat? = nil,
        text: String? = nil, command: String? = nil, callbackData: String? = nil, fingerprint: String? = nil
    ) {
        self.platform = platform
        self.id = id
        self.kind = kind
        self.user = user
        self.chat = chat
        self.text = text
        self.command = command
        self.callbackData = callbackData
        self.fingerprint = fingerprint
    }
}

/// Where updates come from.
public struct Platform: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Its name in lower case.
    public let name: String

    /// A platform of any name.
    public init(stringLiteral name: String) { self.name = name }

    public var description: String { name }

    /// The platforms of which this module knows the formats.
    public static let telegram: Platform = "telegram"
    public static let twitch: Platform = "twitch"
}
