/// What a platform allows those who call it: a policy for a ``Pacer``, and how the pacer is to be set.
///
/// A platform counts what arrives, in windows of which nobody knows the phase, and what is sent evenly does not arrive
/// evenly. So presets count in sliding logs, which hold in every window, of a window that is longer by a
/// ``margin(of:)``: as much as one call may be quicker on its way than another. An answer that comes later than that is
/// charged once more. Whatever the platform says itself, a ``RetryAfterError``, always wins: every rule can be held.
///
/// When a store that instances share fails, sends wait for it.
public struct PacingPreset: Sendable, Hashable {
    /// The limits.
    public var policy: Policy
    /// What the pacer holds at most, and how late an answer may be.
    public var settings = PacerSettings()

    /// A preset of a policy whose shortest window is `window`: answers may be as late as its margin.
    public init(_ policy: Policy, shortestWindow window: Duration = .seconds(1)) {
        self.policy = policy
        self.policy.onStoreFailure = .deny
        settings.lateness = Self.margin(of: window)
    }

    /// The margin of short windows.
    public static let leastMargin = Duration.milliseconds(20)

    /// By how much a window is counted longer than the platform says: a hundredth, and 20 ms at least.
    public static func margin(of window: Duration) -> Duration { max(leastMargin, window / 100) }

    /// `count` in any window as the platform sees it.
    public static func exactly(_ count: Int64, per window: Duration) -> Limit {
        .slidingLog(count, per: window + margin(of: window))
    }

    /// A rule of a platform, which it can close with a `Retry-After`.
    public static func rule(
        _ name: String, by keys: [DescriptorKey] = [], _ count: Int64, per window: Duration
    ) -> Rule { Rule(name, by: keys, exactly(count, per: window), penalty: .onHold) }
}

extension PacingPreset {
    /// Telegram's Bot API: 30 messages a second, one a second to a chat, 20 a minute to a group.
    ///
    /// Send to ``Descriptor/telegram(chat:)``. Source: the Bot API's FAQ, "My bot is hitting limits".
    /// - Parameter perSecond: What the bot may send overall; 30 unless it pays for more.
    public static func telegram(_ name: String = "telegram", perSecond: Int64 = 30) -> PacingPreset {
        PacingPreset(
            Policy(
                name,
                rules: [
                    rule("overall", perSecond, per: .seconds(1)),
                    rule("chat", by: [.chat], 1, per: .seconds(1)),
                    rule("group", by: [.group], 20, per: .minutes(1)),
                ]))
    }

    /// What a bot is on Twitch.
    public enum TwitchStanding: Sendable, Hashable, CaseIterable {
        /// Any account.
        case user
        /// A moderator, or the broadcaster himself, wherever it writes.
        case moderator
        /// A verified bot.
        case verified
    }

    /// Twitch's chat: 20 messages in 30 s, 100 where the bot is a moderator everywhere, 7,500 for verified bots.
    ///
    /// Going over means half an hour of silence, and no answer tells how late a message came: the window is counted
    /// longer by a whole second. Source: Twitch's chat documentation, "Rate limits".
    public static func twitch(_ name: String = "twitch", as standing: TwitchStanding = .user) -> PacingPreset {
        let count: Int64 =
            switch standing {
            case .user: 20
            case .moderator: 100
            case .verified: 7_500
            }
        return unanswered(name, "messages", count, per: .seconds(30))
    }

    /// Joining Twitch's channels: 20 in 10 s, counted longer by a second as well.
    public static func twitchJoins(_ name: String = "twitch-joins") -> PacingPreset {
        unanswered(name, "joins", 20, per: .seconds(10))
    }

    private static func unanswered(
        _ name: String, _ rule: String, _ count: Int64, per window: Duration
    ) -> PacingPreset {
        let limit = Limit.slidingLog(count, per: window + .seconds(1))
        var preset = PacingPreset(Policy(name, rules: [Rule(rule, limit, penalty: .onHold)]))
        preset.settings.lateness = nil
        return preset
    }

    /// Wikipedia's API: one request a second.
    public static func wikipedia(_ name: String = "wikipedia") -> PacingPreset {
        PacingPreset(Policy(name, rules: [rule("requests", 1, per: .seconds(1))]))
    }

    /// IGDB's API: four requests a second.
    public static func igdb(_ name: String = "igdb") -> PacingPreset {
        PacingPreset(Policy(name, rules: [rule("requests", 4, per: .seconds(1))]))
    }

    /// A language model's endpoint: tokens and requests a minute, which come back evenly.
    ///
    /// Send with an estimate, and return what the call has really cost in a ``Metered``.
    public static func languageModel(
        _ name: String = "llm", tokensPerMinute: Int64, requestsPerMinute: Int64? = nil
    ) -> PacingPreset {
        var rules = [Rule("tokens", .tokenBucket(tokensPerMinute, per: .minutes(1)), penalty: .onHold)]
        if let requestsPerMinute {
            rules.append(
                Rule("requests", .tokenBucket(requestsPerMinute, per: .minutes(1)), penalty: .onHold, cost: 1))
        }
        var preset = PacingPreset(Policy(name, rules: rules))
        // Answers take as long as they are, and arrive when they were sent.
        preset.settings.lateness = nil
        return preset
    }
}

extension Descriptor {
    /// A chat of Telegram as ``PacingPreset/telegram(_:perSecond:)`` counts it: groups and channels have negative
    /// identifiers.
    public static func telegram(chat id: Int64) -> Descriptor { telegram(chat: String(id)) }

    /// A chat of Telegram by its identifier, or a public group or channel by its `@name`.
    public static func telegram(chat id: String) -> Descriptor {
        id.hasPrefix("-") || id.hasPrefix("@") ? [.chat: id, .group: id] : [.chat: id]
    }
}
