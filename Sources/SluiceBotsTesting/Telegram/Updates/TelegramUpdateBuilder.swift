public import SluiceBots

/// An update as Telegram would send it, for tests.
///
/// ```swift
/// let update = try TelegramUpdateBuilder.message("/start").from(42, language: "de").inGroup(-100).build()
/// ```
/// Unless told otherwise it is from user 42, in the chat between him and the bot. Each call returns a changed copy.
public struct TelegramUpdateBuilder: Sendable {
    /// What happened.
    public let kind: TelegramUpdateKind
    /// The update's number; a fake server gives its own.
    public private(set) var id: Int64 = 1
    private var fields: [String: JSONValue]
    private var user: JSONValue? = Self.user(42)
    private var chat: JSONValue?
    private var thread: Int64?
    private var messageID: Int64 = 1

    /// An update of any kind, of these fields.
    public init(_ kind: TelegramUpdateKind, _ fields: [String: JSONValue] = [:]) {
        self.kind = kind
        self.fields = fields
    }

    /// The update with another number.
    public func id(_ id: Int64) -> Self { with { $0.id = id } }

    /// From this user.
    public func from(
        _ id: Int64, name: String = "Ada", username: String? = nil, language: String? = nil, isBot: Bool = false
    ) -> Self {
        with { $0.user = Self.user(id, name: name, username: username, language: language, isBot: isBot) }
    }

    /// From nobody who is told.
    public func fromNobody() -> Self { with { $0.user = nil } }

    /// In a supergroup.
    public func inGroup(_ id: Int64, title: String = "Group") -> Self { inChat(id, type: "supergroup", title: title) }

    /// In a channel.
    public func inChannel(_ id: Int64, title: String = "Channel") -> Self { inChat(id, type: "channel", title: title) }

    /// In a chat of any type.
    public func inChat(_ id: Int64, type: String, title: String? = nil) -> Self {
        with { builder in
            var chat: JSONValue = ["id": .integer(id), "type": .string(type)]
            chat["title"] = title.map(JSONValue.string)
            builder.chat = chat
        }
    }

    /// In a topic of the group.
    public func inTopic(_ thread: Int64) -> Self { with { $0.thread = thread } }

    /// The message with this number.
    public func messageID(_ id: Int64) -> Self { with { $0.messageID = id } }

    /// Written by an administrator of the group who remains anonymous.
    public func asAnonymousAdministrator() -> Self {
        from(1_087_968_824, name: "Group", username: "GroupAnonymousBot", isBot: true).with { builder in
            builder.fields["sender_chat"] = builder.chat ?? ["id": -100, "type": "supergroup"]
        }
    }

    /// Written in the name of a channel.
    public func asChannel(_ id: Int64, title: String = "Channel") -> Self {
        from(136_817_688, name: "Channel", username: "Channel_Bot", isBot: true)
            .set("sender_chat", ["id": .integer(id), "type": "channel", "title": .string(title)])
    }

    /// With another field, or with a field taken out.
    public func set(_ field: String, _ value: JSONValue?) -> Self { with { $0.fields[field] = value } }

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    private static func user(
        _ id: Int64, name: String = "Ada", username: String? = nil, language: String? = nil, isBot: Bool = false
    ) -> JSONValue {
        var user: JSONValue = ["id": .integer(id), "is_bot": .bool(isBot), "first_name": .string(name)]
        user["username"] = username.map(JSONValue.string)
        user["language_code"] = language.map(JSONValue.string)
        return user
    }
}

/// What is built.
extension TelegramUpdateBuilder {
    /// The update as JSON.
    public var value: JSONValue { ["update_id": .integer(id), kind.rawValue: event] }

    /// The update as the body of a webhook's request.
    public var json: [UInt8] {
        // Only numbers that are not finite cannot be written; no test's update has any.
        (try? value.bytes()) ?? []
    }

    /// The update as a bot reads it.
    /// - Throws: `TelegramError` if it is none.
    public func build(botName: String? = nil) throws(TelegramError) -> TelegramUpdate {
        try TelegramUpdate(json: json, botName: botName)
    }

    private var event: JSONValue {
        var event = fields
        switch kind {
        case .callbackQuery:
            event["from"] = event["from"] ?? user
            if event["inline_message_id"] == nil { event["message"] = event["message"] ?? .object(place) }
        case .businessConnection:
            event["user"] = event["user"] ?? user
            event["user_chat_id"] = event["user_chat_id"] ?? user?["id"]
        case .chatBoost:
            let source: JSONValue = ["source": "premium", "user": user ?? .null]
            event["chat"] = event["chat"] ?? place["chat"]
            event["boost"] = event["boost"] ?? ["boost_id": "b", "add_date": 0, "expiration_date": 0, "source": source]
        case .removedChatBoost:
            event["chat"] = event["chat"] ?? place["chat"]
            event["source"] = event["source"] ?? ["source": "premium", "user": user ?? .null]
        case .messageReaction, .pollAnswer:
            event["user"] = event["user"] ?? user
            if kind == .messageReaction { event.merge(place) { old, _ in old } }
        case .inlineQuery, .chosenInlineResult, .shippingQuery, .preCheckoutQuery, .purchasedPaidMedia:
            event["from"] = event["from"] ?? user
        case .poll: break
        case .messageReactionCount, .deletedBusinessMessages: event.merge(place) { old, _ in old }
        default:
            event["from"] = event["from"] ?? user
            event.merge(place) { old, _ in old }
        }
        return .object(event)
    }

    /// The message and where it stands, as a message and a button's message tell it.
    private var place: [String: JSONValue] {
        let alone: JSONValue = ["id": user?["id"] ?? 42, "type": "private"]
        var place: [String: JSONValue] = ["chat": chat ?? alone, "date": 1_700_000_000]
        if ![.chatMember, .myChatMember, .chatJoinRequest, .deletedBusinessMessages].contains(kind) {
            place["message_id"] = .integer(messageID)
        }
        if let thread {
            place["message_thread_id"] = .integer(thread)
            place["is_topic_message"] = true
        }
        return place
    }
}
