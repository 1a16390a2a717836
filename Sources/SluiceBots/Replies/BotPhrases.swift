/// What a bot says in one language when it cannot do what it is asked.
///
/// `{time}` stands for a span of time in words, such as "2 minutes".
public struct BotPhrases: Sendable, Hashable {
    /// Whoever was too fast may come back in a while.
    public var wait: String
    /// All slots are taken.
    public var busy: String
    /// Whoever is banned for a while.
    public var banned: String
    /// What can never pass.
    public var never: String
    /// Something went wrong.
    public var failed: String
    /// The words for spans of time.
    public var seconds, minutes, hours, days: PluralWords
    /// How the language counts.
    public var plural: PluralRule

    /// The phrases of a language.
    public init(
        wait: String, busy: String, banned: String, never: String, failed: String, seconds: PluralWords,
        minutes: PluralWords, hours: PluralWords, days: PluralWords, plural: PluralRule
    ) {
        self.wait = wait
        self.busy = busy
        self.banned = banned
        self.never = never
        self.failed = failed
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.plural = plural
    }

    /// A span of time in words, rounded up so that nobody comes back too early: below two minutes in seconds, below
    /// two hours in minutes, below two days in hours.
    public func words(for span: Duration) -> String {
        let parts = span.components
        let seconds = max(1, parts.attoseconds > 0 ? parts.seconds + 1 : parts.seconds)
        let (count, words) =
            switch seconds {
            case ..<120: (seconds, self.seconds)
            case ..<7_200: ((seconds + 59) / 60, minutes)
            case ..<172_800: ((seconds + 3_599) / 3_600, hours)
            default: ((seconds + 86_399) / 86_400, days)
            }
        return "\(count) \(words[plural.form(of: count)])"
    }

    /// A phrase with its span of time in words.
    func text(_ phrase: String, _ span: Duration) -> String {
        guard let range = phrase.firstRange(of: "{time}") else { return phrase }
        return phrase.replacingCharacters(in: range, with: words(for: span))
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with words: String) -> String {
        self[..<range.lowerBound] + words + self[range.upperBound...]
    }
}

extension StringProtocol where Index == String.Index {
    /// Where a word first stands.
    fileprivate func firstRange(of word: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
            start = index(after: start)
        }
        return nil
    }
}
