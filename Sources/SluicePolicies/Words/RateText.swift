internal import Sluice

/// A number per span of time as it is written in a policy file: `5 per 10s`, `5/10s`, `1000 per day`.
struct RateText {
    enum Period {
        /// So many nanoseconds.
        case span(Int64)
        /// A word that is also a calendar's: for a quota the calendar day, week or month.
        case calendar(Limit.CalendarUnit)
    }

    let count: Int64
    let period: Period
    /// The period as written.
    let periodText: String

    init(_ text: String) throws(TextFault) {
        guard let (number, period) = Self.halves(of: text) else {
            if (try? CountText.parse(text)) != nil {
                throw TextFault("\(text.quoted) lacks a span of time", suggesting: "\(text) per 10s")
            }
            throw TextFault("expected a limit such as '5 per 10s', found \(text.isEmpty ? "nothing" : text.quoted)")
        }
        count = try CountText.parse(number)
        periodText = period
        self.period = try Self.period(period)
    }

    private static func period(_ text: String) throws(TextFault) -> Period {
        if let unit = Limit.CalendarUnit(rawValue: text.lowercased()) { return .calendar(unit) }
        if let span = DurationText.unit(text) { return .span(span) }
        if !text.isEmpty, text.allSatisfy(\.isLetter) {
            let words = ["second", "minute", "hour"] + Limit.CalendarUnit.allCases.map(\.rawValue)
            let nearest = NearestWord.suggestion(for: text, among: words)
            throw TextFault("\(text.quoted) is no span of time", suggesting: nearest)
        }
        return .span(try DurationText.parse(text))
    }

    /// What stands before and after ` per ` or `/`.
    private static func halves(of text: String) -> (String, String)? {
        if let slash = text.firstIndex(of: "/") {
            return (trimmed(text[..<slash]), trimmed(text[text.index(after: slash)...]))
        }
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[1].lowercased() == "per" else { return nil }
        return (String(words[0]), words.count == 3 ? trimmed(words[2]) : "")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
