import SluiceBots

/// Messages.
extension TelegramUpdateBuilder {
    /// A text; a command at its beginning is marked as Telegram marks it.
    public static func message(_ text: String) -> Self { Self(.message, words(text)) }

    /// A text that was changed.
    public static func editedMessage(_ text: String) -> Self { Self(.editedMessage, words(text)) }

    /// A text of a channel.
    public static func channelPost(_ text: String) -> Self {
        Self(.channelPost, words(text)).fromNobody().inChannel(-1_001)
    }

    /// A text of a channel that was changed.
    public static func editedChannelPost(_ text: String) -> Self {
        Self(.editedChannelPost, words(text)).fromNobody().inChannel(-1_001)
    }

    /// A text to a business account.
    public static func businessMessage(_ text: String, connection: String = "connection") -> Self {
        Self(.businessMessage, words(text)).set("business_connection_id", .string(connection))
    }

    /// A text to a business account that was changed.
    public static func editedBusinessMessage(_ text: String, connection: String = "connection") -> Self {
        Self(.editedBusinessMessage, words(text)).set("business_connection_id", .string(connection))
    }

    /// A file: `photo`, `video`, `document`, `sticker`, `voice`, `audio`, `animation` or `video_note`.
    /// - Parameter file: What makes it the same file, whoever sends it.
    public static func media(_ type: String, file: String, caption: String? = nil) -> Self {
        let media: JSONValue = ["file_id": .string("id-\(file)"), "file_unique_id": .string(file)]
        var fields = caption.map { words($0, as: "caption", entities: "caption_entities") } ?? [:]
        fields[type] = type == "photo" ? [["file_id": "s", "file_unique_id": "small"], media] : media
        return Self(.message, fields)
    }

    /// A contact, as a user sends his own.
    public static func contact(_ phoneNumber: String) -> Self {
        Self(.message, ["contact": ["phone_number": .string(phoneNumber), "first_name": "Ada"]])
    }

    private static func words(
        _ text: String, as field: String = "text", entities: String = "entities"
    ) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [field: .string(text)]
        if text.first == "/", let command = text.split(separator: " ").first {
            fields[entities] = [
                ["type": "bot_command", "offset": 0, "length": .integer(Int64(command.utf16.count))]
            ]
        }
        return fields
    }
}

/// Buttons, queries and payments.
extension TelegramUpdateBuilder {
    /// A pressed button.
    public static func callbackQuery(_ data: String, id: String = "query") -> Self {
        Self(.callbackQuery, ["id": .string(id), "data": .string(data), "chat_instance": "1"])
    }

    /// What is written after the bot's name.
    public static func inlineQuery(_ query: String, id: String = "query") -> Self {
        Self(.inlineQuery, ["id": .string(id), "query": .string(query), "offset": ""])
    }

    /// An answer that was chosen.
    public static func chosenInlineResult(_ result: String, query: String = "") -> Self {
        Self(.chosenInlineResult, ["result_id": .string(result), "query": .string(query)])
    }

    /// A delivery that is to be priced.
    public static func shippingQuery(_ payload: String, id: String = "query") -> Self {
        Self(.shippingQuery, ["id": .string(id), "invoice_payload": .string(payload), "shipping_address": [:]])
    }

    /// A payment that is to be confirmed.
    public static func preCheckoutQuery(_ payload: String, amount: Int64 = 100, id: String = "query") -> Self {
        Self(
            .preCheckoutQuery,
            [
                "id": .string(id), "invoice_payload": .string(payload), "currency": "EUR",
                "total_amount": .integer(amount),
            ])
    }

    /// Media that were paid for.
    public static func purchasedPaidMedia(_ payload: String) -> Self {
        Self(.purchasedPaidMedia, ["paid_media_payload": .string(payload)])
    }
}

/// Polls, reactions, members, boosts and business.
extension TelegramUpdateBuilder {
    /// A poll that changed.
    public static func poll(_ poll: String) -> Self {
        Self(.poll, ["id": .string(poll), "question": "?", "options": [], "is_closed": true])
    }

    /// A vote.
    public static func pollAnswer(_ poll: String, options: [Int64]) -> Self {
        Self(.pollAnswer, ["poll_id": .string(poll), "option_ids": .array(options.map(JSONValue.integer))])
    }

    /// A reaction.
    public static func messageReaction(_ emoji: String) -> Self {
        Self(
            .messageReaction,
            ["old_reaction": [], "new_reaction": [["type": "emoji", "emoji": .string(emoji)]]])
    }

    /// The number of anonymous reactions.
    public static func messageReactionCount(_ emoji: String, count: Int64) -> Self {
        let reaction: JSONValue = ["type": ["type": "emoji", "emoji": .string(emoji)], "total_count": .integer(count)]
        return Self(.messageReactionCount, ["reactions": [reaction]])
    }

    /// A change of what somebody is, such as `administrator`, `member` or `kicked`; by default of the one who did it.
    public static func chatMember(_ status: String, of user: Int64 = 42) -> Self {
        Self(.chatMember, change(to: status, of: user))
    }

    /// A change of what the bot is.
    public static func myChatMember(_ status: String, bot: Int64 = 7) -> Self {
        Self(.myChatMember, change(to: status, of: bot))
    }

    /// A wish to join.
    public static func chatJoinRequest() -> Self { Self(.chatJoinRequest, ["user_chat_id": 42]).inGroup(-100) }

    /// A boost that was given.
    public static func chatBoost() -> Self { Self(.chatBoost).inChannel(-1_001) }

    /// A boost that ended.
    public static func removedChatBoost() -> Self {
        Self(.removedChatBoost, ["boost_id": "b", "remove_date": 0]).inChannel(-1_001)
    }

    /// A business account that the bot may act for.
    public static func businessConnection(_ connection: String) -> Self {
        Self(.businessConnection, ["id": .string(connection), "date": 0, "is_enabled": true])
    }

    /// Messages that a business account lost.
    public static func deletedBusinessMessages(_ messages: [Int64], connection: String = "connection") -> Self {
        Self(
            .deletedBusinessMessages,
            [
                "business_connection_id": .string(connection),
                "message_ids": .array(messages.map(JSONValue.integer)),
            ])
    }

    private static func change(to status: String, of user: Int64) -> [String: JSONValue] {
        let who: JSONValue = ["id": .integer(user), "is_bot": false, "first_name": "Ada"]
        return [
            "old_chat_member": ["user": who, "status": "member"],
            "new_chat_member": ["user": who, "status": .string(status)],
        ]
    }

    /// One of each kind that is known, in the order of ``SluiceBots/TelegramUpdateKind/known``.
    public static var ofEveryKind: [Self] {
        [
            .message("hi"), .editedMessage("hi"), .channelPost("news"), .editedChannelPost("news"),
            .businessConnection("connection"), .businessMessage("hi"), .editedBusinessMessage("hi"),
            .deletedBusinessMessages([1]), .messageReaction("👍"), .messageReactionCount("👍", count: 2),
            .inlineQuery("cats"), .chosenInlineResult("cat-1"), .callbackQuery("buy"), .shippingQuery("order"),
            .preCheckoutQuery("order"), .purchasedPaidMedia("film"), .poll("poll"),
            .pollAnswer("poll", options: [1]), .myChatMember("member"), .chatMember("administrator"),
            .chatJoinRequest(), .chatBoost(), .removedChatBoost(),
        ]
    }
}
