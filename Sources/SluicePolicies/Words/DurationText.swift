internal import Sluice

/// Spans of time as they are written in a policy file: `250ms`, `10s`, `1h30m`, `2 weeks`.
package enum DurationText {
    private struct Unit {
        let nanoseconds: Int64
        /// The first is the canonical one.
        let words: [String]
    }

    /// From long to short. A day has 24 hours.
    private static let units = [
        Unit(nanoseconds: 604_800_000_000_000, words: ["w", "week", "weeks"]),
        Unit(nanoseconds: 86_400_000_000_000, words: ["d", "day", "days"]),
        Unit(nanoseconds: 3_600_000_000_000, words: ["h", "hr", "hour", "hours"]),
        Unit(nanoseconds: 60_000_000_000, words: ["m", "min", "minute", "minutes"]),
        Unit(nanoseconds: 1_000_000_000, words: ["s", "sec", "second", "seconds"]),
        Unit(nanoseconds: 1_000_000, words: ["ms", "millisecond", "milliseconds"]),
        Unit(nanoseconds: 1_000, words: ["us", "\u{b5}s", "\u{3bc}s", "microsecond", "microseconds"]),
        Unit(nanoseconds: 1, words: ["ns", "nanosecond", "nanoseconds"]),
    ]

    static let unitNames = "ns, us, ms, s, m, h, d or w"

    /// The span of one of a unit, such as `second`.
    static func unit(_ word: some StringProtocol) -> Int64? {
        let word = word.lowercased()
        return units.first { $0.words.contains(word) }?.nanoseconds
    }

    /// A span of more than nothing, in nanoseconds.
    package static func parse(_ text: some StringProtocol) throws(TextFault) -> Int64 {
        let whole = String(text)
        guard !whole.isEmpty else { throw TextFault("expected a span of time such as 10s, found nothing") }
        guard !whole.hasPrefix("-") else { throw TextFault("\(whole.quoted) is negative; a span is more than nothing") }
        var rest = Substring(whole)
        var total: Int64 = 0
        var previous = Int64.max
        while !rest.isEmpty {
            let part = try part(&rest, of: whole)
            guard part.unit < previous else {
                throw TextFault("\(whole.quoted) does not go from the longest unit to the shortest, each once")
            }
            previous = part.unit
            let (product, overflow) = part.count.multipliedReportingOverflow(by: part.unit)
            let (sum, overflowOfSum) = total.addingReportingOverflow(product)
            guard !overflow, !overflowOfSum else { throw tooLong(whole) }
            total = sum
        }
        guard total > 0 else { throw TextFault("\(whole.quoted) is no time; a span is more than nothing") }
        return total
    }

    /// One number with its unit, taken off the front.
    private static func part(
        _ rest: inout Substring, of whole: String
    ) throws(TextFault) -> (count: Int64, unit: Int64) {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        guard !digits.isEmpty else {
            throw TextFault("expected a span of time such as 10s or 1h30m, found \(whole.quoted)")
        }
        guard rest.first != ".", rest.first != "," else {
            throw TextFault("\(whole.quoted) has decimals; write whole numbers such as 1h30m or 1500ms")
        }
        guard let count = Int64(digits) else {
            throw tooLong(whole)
        }
        rest = rest.drop { $0 == " " }
        let word = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(word.count).drop { $0 == " " }
        if let unit = unit(word) { return (count, unit) }
        throw unitFault(String(word), in: whole)
    }

    private static func tooLong(_ whole: String) -> TextFault {
        TextFault("\(whole.quoted) is too long; the most is a hundred years")
    }

    private static func unitFault(_ word: String, in whole: String) -> TextFault {
        if word.isEmpty {
            return TextFault("\(whole.quoted) lacks a unit: \(unitNames)", suggesting: "\(whole)s")
        }
        if ["month", "months", "mo", "year", "years", "y"].contains(word.lowercased()) {
            return TextFault("a \(word) has no fixed length; write days, such as 30d")
        }
        // Any letter is near to all units of one letter.
        let nearest = word.count > 1 ? NearestWord.suggestion(for: word, among: units.flatMap(\.words)) : nil
        return TextFault("\(word.quoted) is no unit of time; the units are \(unitNames)", suggesting: nearest)
    }

    /// The canonical form of a span of more than nothing; weeks only when nothing is left over.
    package static func text(_ nanoseconds: Int64) -> String {
        if nanoseconds % units[0].nanoseconds == 0 { return "\(nanoseconds / units[0].nanoseconds)w" }
        var rest = nanoseconds
        var text = ""
        for unit in units.dropFirst() {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: unit.nanoseconds)
            if count > 0 { text += "\(count)\(unit.words[0])" }
            rest = remainder
        }
        return text
    }
}
