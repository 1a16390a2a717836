/// What happened, as the Bot API sends it: the fields that limits care of, of all kinds in one.
///
/// Most are of a message. Source: core.telegram.org/bots/api.
struct WireEvent: Decodable {
    var id: String?
    var messageID: Int64?
    var threadID: Int64?
    var isTopicMessage: Bool?
    var directMessagesTopic: WireTopic?
    var from: WireUser?
    var senderChat: WireChat?
    var chat: WireChat?
    var businessConnectionID: String?
    var isAutomaticForward: Bool?
    var text: String?
    var caption: String?
    var entities: [WireEntity]?
    var captionEntities: [WireEntity]?

    // Other kinds than messages.
    var user: WireUser?
    var userChatID: Int64?
    var actorChat: WireChat?
    var voterChat: WireChat?
    var message: WireMessage?
    var inlineMessageID: String?
    var data: String?
    var gameShortName: String?
    var query: String?
    var offset: String?
    var resultID: String?
    var invoicePayload: String?
    var paidMediaPayload: String?
    var pollID: String?
    var optionIDs: [Int]?
    var newReaction: [WireReaction]?
    var newChatMember: WireMember?
    var boost: WireBoost?
    var source: WireBoostSource?

    // What a message may carry beside its text.
    var animation: WireFile?
    var audio: WireFile?
    var contact: WireContact?
    var dice: WireDice?
    var document: WireFile?
    var game: WireGame?
    var location: WireLocation?
    var photo: [WireFile]?
    var poll: WireIdentified?
    var sticker: WireFile?
    var video: WireFile?
    var videoNote: WireFile?
    var voice: WireFile?

    enum CodingKeys: String, CodingKey {
        case id, from, chat, text, caption, entities, user, message, data, query, offset, boost, source
        case animation, audio, contact, dice, document, game, location, photo, poll, sticker, video, voice
        case messageID = "message_id"
        case threadID = "message_thread_id"
        case isTopicMessage = "is_topic_message"
        case directMessagesTopic = "direct_messages_topic"
        case senderChat = "sender_chat"
        case businessConnectionID = "business_connection_id"
        case isAutomaticForward = "is_automatic_forward"
        case captionEntities = "caption_entities"
        case userChatID = "user_chat_id"
        case actorChat = "actor_chat"
        case voterChat = "voter_chat"
        case inlineMessageID = "inline_message_id"
        case gameShortName = "game_short_name"
        case resultID = "result_id"
        case invoicePayload = "invoice_payload"
        case paidMediaPayload = "paid_media_payload"
        case pollID = "poll_id"
        case optionIDs = "option_ids"
        case newReaction = "new_reaction"
        case newChatMember = "new_chat_member"
        case videoNote = "video_note"
    }
}

extension WireEvent {
    /// What there is of a kind that this version does not know: fields of another form are passed over.
    init(lenient fields: KeyedDecodingContainer<CodingKeys>?) {
        guard let fields else { return }
        from = try? fields.decodeIfPresent(WireUser.self, forKey: .from)
        user = try? fields.decodeIfPresent(WireUser.self, forKey: .user)
        chat = try? fields.decodeIfPresent(WireChat.self, forKey: .chat)
        senderChat = try? fields.decodeIfPresent(WireChat.self, forKey: .senderChat)
        messageID = try? fields.decodeIfPresent(Int64.self, forKey: .messageID)
        threadID = try? fields.decodeIfPresent(Int64.self, forKey: .threadID)
        isTopicMessage = try? fields.decodeIfPresent(Bool.self, forKey: .isTopicMessage)
        id = try? fields.decodeIfPresent(String.self, forKey: .id)
    }

    /// Makes certain that what the Bot API promises of a kind is there.
    func check(_ kind: TelegramUpdateKind, of update: Int64) throws(TelegramError) {
        for (name, isThere) in promised(by: kind) where !isThere {
            throw TelegramError(
                .malformedUpdate, "Update \(update) has no '\(kind).\(name)'.", updateID: update)
        }
    }

    private func promised(by kind: TelegramUpdateKind) -> [(String, Bool)] {
        switch kind {
        case _ where kind.isMessage: [("message_id", messageID != nil), ("chat", chat != nil)]
        case .messageReaction, .messageReactionCount: [("message_id", messageID != nil), ("chat", chat != nil)]
        case .deletedBusinessMessages: [("chat", chat != nil)]
        case .businessConnection: [("id", id != nil), ("user", user != nil)]
        case .inlineQuery: [("id", id != nil), ("from", from != nil), ("query", query != nil)]
        case .callbackQuery, .shippingQuery, .preCheckoutQuery: [("id", id != nil), ("from", from != nil)]
        case .chosenInlineResult: [("from", from != nil), ("result_id", resultID != nil)]
        case .purchasedPaidMedia: [("from", from != nil)]
        case .poll: [("id", id != nil)]
        case .pollAnswer: [("poll_id", pollID != nil)]
        case .myChatMember, .chatMember:
            [("chat", chat != nil), ("from", from != nil), ("new_chat_member", newChatMember != nil)]
        case .chatJoinRequest: [("chat", chat != nil), ("from", from != nil)]
        case .chatBoost: [("chat", chat != nil), ("boost", boost != nil)]
        case .removedChatBoost: [("chat", chat != nil)]
        default: []
        }
    }
}
