public import Sluice

/// Decides when a bot's messages go out, so that Telegram never has to refuse one.
public protocol TelegramPacing: Sendable {
    /// Sends to a chat as soon as it may be.
    /// - Parameters:
    ///   - chat: Its identifier, or the `@name` of a public one.
    ///   - send: Sends, and throws `TelegramError` if the Bot API refuses.
    func send<Result: Sendable>(
        to chat: String, _ send: @Sendable () async throws -> Result
    ) async throws -> Result
}

/// Paces messages by a policy in this process's memory, which counts by `chat`, and for groups by `group`.
///
/// ```swift
/// var bot = TelegramBot(transport)
/// bot.pacing = try LimiterPacing(Limiter([.telegramSends]), "telegram-sends")
/// ```
/// What the Bot API refuses all the same is sent again when it says, twice at most.
public struct LimiterPacing: TelegramPacing {
    /// How often a message is sent that the Bot API refuses as one too many.
    public static let attempts = 3

    private let limiter: Limiter
    private let policy: String
    private let longest: Duration

    /// Pacing by a policy.
    /// - Parameter longest: How long a message waits at most; then `TelegramError` of code `tooManyRequests` is thrown.
    /// - Throws: `SluiceError` if there is no such policy.
    public init(_ limiter: Limiter, _ policy: String, upTo longest: Duration = .minutes(10)) throws(SluiceError) {
        _ = try limiter.policy(policy)
        self.limiter = limiter
        self.policy = policy
        self.longest = longest
    }

    public func send<Result: Sendable>(
        to chat: String, _ send: @Sendable () async throws -> Result
    ) async throws -> Result {
        for _ in 1..<Self.attempts {
            try await wait(for: chat)
            do {
                return try await send()
            } catch let error as TelegramError {
                guard error.code == .tooManyRequests, let retryAfter = error.retryAfter, retryAfter <= longest else {
                    throw error
                }
                try await limiter.time.sleep(until: limiter.time.now() + retryAfter)
            }
        }
        try await wait(for: chat)
        return try await send()
    }

    private func wait(for chat: String) async throws {
        var descriptor: Descriptor = [.chat: chat]
        // Groups and channels have numbers below zero, or a name.
        if chat.first == "-" || chat.first == "@" { descriptor[.group] = chat }
        let decision = try await limiter.waitUntilAllowed(policy, descriptor, upTo: longest)
        if case .denied(let denial) = decision {
            throw TelegramError(
                .tooManyRequests, "So many messages to chat \(chat) wait that one more would take over \(longest).",
                retryAfter: denial.retryAfter)
        }
    }
}

extension Policy {
    /// What Telegram allows a bot to send: 30 messages a second, one a second to a chat, 20 a minute to a group.
    ///
    /// The windows are a little longer than Telegram's, since messages do not arrive as evenly as they are sent.
    public static let telegramSends = Policy("telegram-sends") {
        Rule("overall", .slidingLog(30, per: .milliseconds(1_020)))
        Rule("chat", by: .chat, .slidingLog(1, per: .milliseconds(1_020)))
        Rule("group", by: .group, .slidingLog(20, per: .milliseconds(60_600)))
    }
}
