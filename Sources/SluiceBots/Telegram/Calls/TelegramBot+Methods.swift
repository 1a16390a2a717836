/// What the Bot API tells of a bot.
public struct TelegramBotProfile: Sendable, Hashable, Decodable {
    /// Its identifier.
    public var id: Int64
    /// Its name without `@`, for telling commands that are for it.
    public var username: String?
}

/// What a sent message is known by.
public struct TelegramSentMessage: Sendable, Hashable, Decodable {
    /// Its number in its chat.
    public var id: Int64

    private enum CodingKeys: String, CodingKey { case id = "message_id" }
}

/// The methods that every bot needs.
extension TelegramBot {
    /// Who the bot is.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func getMe() async throws -> TelegramBotProfile { try await call("getMe", as: TelegramBotProfile.self) }

    /// Sends a text.
    /// - Parameters:
    ///   - chat: Where to.
    ///   - thread: The topic within it.
    ///   - business: The business account to speak for.
    ///   - more: Further parameters, such as `reply_markup`.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    @discardableResult
    public func sendMessage(
        _ text: String, to chat: Int64, thread: Int64? = nil, business: String? = nil, _ more: JSONValue = [:]
    ) async throws -> TelegramSentMessage {
        var parameters: JSONValue = ["chat_id": .integer(chat), "text": .string(text)]
        parameters["message_thread_id"] = thread.map(JSONValue.integer)
        parameters["business_connection_id"] = business.map(JSONValue.string)
        if case .object(let fields) = more {
            for (name, value) in fields { parameters[name] = value }
        }
        return try await call("sendMessage", parameters, as: TelegramSentMessage.self)
    }

    /// Answers in the chat and topic that an update came from; outside of chats does nothing.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    @discardableResult
    public func reply(_ text: String, to update: TelegramUpdate) async throws -> TelegramSentMessage? {
        guard let chat = update.chatID else { return nil }
        return try await sendMessage(
            text, to: chat, thread: update.threadID, business: update.businessConnectionID)
    }

    /// Answers a pressed button, with a note above the chat or with an alert to be closed.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func answerCallbackQuery(_ id: String, _ text: String? = nil, asAlert: Bool = false) async throws {
        var parameters: JSONValue = ["callback_query_id": .string(id)]
        parameters["text"] = text.map(JSONValue.string)
        if asAlert { parameters["show_alert"] = true }
        try await call("answerCallbackQuery", parameters)
    }

    /// Has updates sent to an address.
    /// - Parameters:
    ///   - url: Where to, by HTTPS.
    ///   - secret: What proves that it is Telegram that sends.
    ///   - kinds: What is sent; empty for what the Bot API sends by itself.
    ///   - connections: How many updates are sent at once, 1 to 100.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func setWebhook(
        _ url: String, secret: WebhookSecret, kinds: [TelegramUpdateKind] = [], connections: Int = 40
    ) async throws {
        var parameters: JSONValue = [
            "url": .string(url), "secret_token": .string(secret.text),
            "max_connections": .integer(Int64(connections)),
        ]
        if !kinds.isEmpty { parameters["allowed_updates"] = .array(kinds.map { .string($0.rawValue) }) }
        try await call("setWebhook", parameters)
    }

    /// Has updates kept for polling.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func deleteWebhook() async throws { try await call("deleteWebhook") }

    /// Fetches updates. To ask from an offset confirms all before it.
    /// - Parameters:
    ///   - limit: The most, 1 to 100.
    ///   - timeout: How long to wait while there are none; whole seconds.
    /// - Returns: Each as its own JSON, so that one that cannot be read spoils no other.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func getUpdates(
        from offset: Int64? = nil, limit: Int = 100, timeout: Duration = .zero, kinds: [TelegramUpdateKind] = []
    ) async throws -> [[UInt8]] {
        var parameters: JSONValue = [
            "limit": .integer(Int64(limit)), "timeout": .integer(timeout.components.seconds),
        ]
        parameters["offset"] = offset.map(JSONValue.integer)
        if !kinds.isEmpty { parameters["allowed_updates"] = .array(kinds.map { .string($0.rawValue) }) }
        let body = try await answer("getUpdates", parameters, waiting: timeout)
        guard let elements = JSONSpans.elements(of: "result", in: body) else {
            throw TelegramError(.malformedAnswer, "getUpdates returned no list of updates.")
        }
        return elements.map { Array(body[$0]) }
    }
}
