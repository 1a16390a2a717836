public import SluiceBots

/// What a bot proves itself with to Telegram. Whoever knows it is the bot, so it is never printed.
public struct TelegramToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    let text: String

    /// A token as `@BotFather` gives it: the bot's number, a colon, and 35 or so letters, digits, `_` and `-`.
    /// - Throws: `TelegramError` of code `malformedToken`, which does not repeat it.
    public init(_ text: String) throws(TelegramError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isToken =
            parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy { (0x30...0x39).contains($0) }
            && !parts[1].isEmpty
            && parts[1].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        guard isToken else {
            throw TelegramError(
                .malformedToken,
                "A bot's token has the form 123456:ABC-xyz; @BotFather tells yours by /mybots, API Token.")
        }
        self.text = text
    }

    /// The bot's number, which everybody may know.
    public var botID: String { String(text.prefix { $0 != ":" }) }

    public var description: String { "\(botID):(secret)" }
    /// As ``description``: without the secret.
    public var debugDescription: String { description }
    /// Nothing: a secret has no parts to be dumped.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// A text without the token, should it be in there.
    func removed(from message: String) -> String {
        var rest = message[...]
        var result = ""
        while let range = rest.firstRange(of: text) {
            result += rest[..<range.lowerBound] + description
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
