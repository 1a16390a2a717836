public import Sluice

/// Decides when a bot's messages go out, so that Telegram never has to refuse one. A `Pacer` does.
///
/// ```swift
/// var bot = TelegramBot(transport)
/// bot.pacing = try Pacer(.telegram())
/// ```
public protocol TelegramPacing: Sendable {
    /// Sends to a chat as soon as it may be.
    /// - Parameters:
    ///   - chat: Its identifier, or the `@name` of a public one.
    ///   - message: Sends, and throws ``TelegramError`` if the Bot API refuses.
    func send<Result: Sendable>(
        toChat chat: String, _ message: @Sendable () async throws -> Result
    ) async throws -> Result
}

/// Counts a message by `chat`, and for groups by `group`, as `PacingPreset.telegram()` does. What the Bot API refuses
/// all the same is sent again when it says, and nothing to that chat before, in any instance that shares the limits.
extension Pacer: TelegramPacing {
    public func send<Result: Sendable>(
        toChat chat: String, _ message: @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await send(to: .telegram(chat: chat)) {
                do { return try await message() } catch let error as TelegramError { throw TooEarly(error) ?? error }
            }
        } catch let refusal as TooEarly {
            throw refusal.error
        }
    }
}

/// A refusal that says when to come back.
private struct TooEarly: RetryAfterError {
    let error: TelegramError
    let retryAfter: Duration

    init?(_ error: TelegramError) {
        guard error.code == .tooManyRequests, let retryAfter = error.retryAfter else { return nil }
        self.error = error
        self.retryAfter = retryAfter
    }
}
