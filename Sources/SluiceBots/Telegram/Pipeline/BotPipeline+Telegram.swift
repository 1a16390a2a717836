extension TelegramUpdate {
    /// The update that is being handled, for handlers that need more of it than limits do.
    @TaskLocal public static var current: TelegramUpdate?
}

extension BotPipeline {
    /// Decides a Telegram update, and runs its handler if it may pass; replies go by `bot` to where it came from.
    ///
    /// The handler finds the whole of it in ``TelegramUpdate/current``.
    @discardableResult
    public func handle(_ update: TelegramUpdate, replyingBy bot: TelegramBot) async -> BotOutcome {
        await TelegramUpdate.$current.withValue(update) {
            await handle(update.update) { reply, _ in try await bot.send(reply, to: update) }
        }
    }
}

extension TelegramBot {
    /// The most characters of an alert. Source: core.telegram.org/bots/api#answercallbackquery.
    public static let maximumAlertCharacters = 200

    /// Sends what a pipeline replies: a message to the update's chat and topic, or an alert to whoever pressed the
    /// button, cut at ``maximumAlertCharacters``. Outside of chats a message goes nowhere.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func send(_ reply: BotReply, to update: TelegramUpdate) async throws {
        switch reply {
        case .alert(let text) where update.kind == .callbackQuery:
            guard let query = update.queryID else { return }
            try await answerCallbackQuery(query, String(text.prefix(Self.maximumAlertCharacters)), asAlert: true)
        case .alert(let text), .message(let text): try await self.reply(text, to: update)
        }
    }
}
