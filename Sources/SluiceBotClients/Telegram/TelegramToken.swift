/// The secret that a bot proves itself with to Telegram's Bot API; never printed.
public struct TelegramToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    package let secret: String

    /// A token as BotFather tells it, such as `110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw`; `nil` for what cannot be
    /// one.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
            !parts[1].isEmpty,
            parts[1].utf8.allSatisfy({ byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                    || byte == 45
            })
        else { return nil }
        secret = text
    }

    public var description: String { "a token of Telegram" }
    public var debugDescription: String { description }
}
