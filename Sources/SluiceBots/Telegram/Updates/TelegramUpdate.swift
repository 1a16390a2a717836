/// An update of Telegram's Bot API: what it says to limits, what an answer needs, and the whole of it as it came.
///
/// ```swift
/// let update = try TelegramUpdate(json: body, botName: "my_bot")
/// let decision = try limiter.decide("update", update.update.descriptor)
/// ```
public struct TelegramUpdate: Sendable, Hashable {
    /// The most bytes of an update. Telegram's own are far smaller.
    public static let maximumBytes = 1 << 20

    /// Its number, unique and rising for each bot.
    public var id: Int64
    /// What happened.
    public var kind: TelegramUpdateKind
    /// What it says to limits and handlers.
    public var update: BotUpdate
    /// The chat that an answer goes to; `nil` outside of chats.
    public var chatID: Int64?
    /// The topic that an answer goes to.
    public var threadID: Int64?
    /// The message that it is about.
    public var messageID: Int64?
    /// What `answerCallbackQuery` and its likes are to be told.
    public var queryID: String?
    /// The chat that speaks in a user's place: an anonymous administrator's group, or a channel.
    public var senderChatID: Int64?
    /// The business account that the bot acts for.
    public var businessConnectionID: String?
    /// The update as it came.
    public var json: [UInt8]

    /// What is handled one after another: all of a chat; outside of chats all of a user. `nil` waits for nothing.
    public var lane: String? { update.chat?.id ?? update.user.map { "user " + $0.id } }
}
