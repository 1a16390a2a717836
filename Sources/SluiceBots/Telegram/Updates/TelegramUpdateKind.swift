/// What happened, by the name of the update's field in the Bot API.
///
/// A kind that this version does not know is a value like any other. Source: core.telegram.org/bots/api#update.
public struct TelegramUpdateKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// A kind by the name of its field.
    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { rawValue = name }

    public var description: String { rawValue }

    /// Messages, and their edits.
    public static let message = TelegramUpdateKind("message")
    public static let editedMessage = TelegramUpdateKind("edited_message")
    public static let channelPost = TelegramUpdateKind("channel_post")
    public static let editedChannelPost = TelegramUpdateKind("edited_channel_post")
    /// A business account that the bot acts for, and what is written there.
    public static let businessConnection = TelegramUpdateKind("business_connection")
    public static let businessMessage = TelegramUpdateKind("business_message")
    public static let editedBusinessMessage = TelegramUpdateKind("edited_business_message")
    public static let deletedBusinessMessages = TelegramUpdateKind("deleted_business_messages")
    /// Reactions. They are sent only if asked for by name.
    public static let messageReaction = TelegramUpdateKind("message_reaction")
    public static let messageReactionCount = TelegramUpdateKind("message_reaction_count")
    /// What is written after the bot's name anywhere, and what is chosen of its answers.
    public static let inlineQuery = TelegramUpdateKind("inline_query")
    public static let chosenInlineResult = TelegramUpdateKind("chosen_inline_result")
    /// A pressed button.
    public static let callbackQuery = TelegramUpdateKind("callback_query")
    /// Payments.
    public static let shippingQuery = TelegramUpdateKind("shipping_query")
    public static let preCheckoutQuery = TelegramUpdateKind("pre_checkout_query")
    public static let purchasedPaidMedia = TelegramUpdateKind("purchased_paid_media")
    /// Polls and votes.
    public static let poll = TelegramUpdateKind("poll")
    public static let pollAnswer = TelegramUpdateKind("poll_answer")
    /// Who is in a chat and as what. Of others than the bot it is told only if asked for by name.
    public static let myChatMember = TelegramUpdateKind("my_chat_member")
    public static let chatMember = TelegramUpdateKind("chat_member")
    public static let chatJoinRequest = TelegramUpdateKind("chat_join_request")
    /// Boosts.
    public static let chatBoost = TelegramUpdateKind("chat_boost")
    public static let removedChatBoost = TelegramUpdateKind("removed_chat_boost")

    /// Every kind that this version knows.
    public static let known: [TelegramUpdateKind] = [
        message, editedMessage, channelPost, editedChannelPost, businessConnection, businessMessage,
        editedBusinessMessage, deletedBusinessMessages, messageReaction, messageReactionCount, inlineQuery,
        chosenInlineResult, callbackQuery, shippingQuery, preCheckoutQuery, purchasedPaidMedia, poll, pollAnswer,
        myChatMember, chatMember, chatJoinRequest, chatBoost, removedChatBoost,
    ]

    private static let knownKinds = Set(known)

    /// Whether this version knows it.
    public var isKnown: Bool { Self.knownKinds.contains(self) }

    /// Whether it is a message or the edit of one.
    public var isMessage: Bool { Self.messages.contains(self) }

    /// Whether it is the edit of a message.
    public var isEdit: Bool { [.editedMessage, .editedChannelPost, .editedBusinessMessage].contains(self) }

    private static let messages: Set<TelegramUpdateKind> = [
        message, editedMessage, channelPost, editedChannelPost, businessMessage, editedBusinessMessage,
    ]
}
