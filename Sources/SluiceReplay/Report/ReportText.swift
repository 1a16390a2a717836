import Foundation
import Sluice
import SluicePolicies

/// Numbers as people read them, the same in every locale.
enum NumberText {
    /// `28,844`
    static func grouped(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// `3.8 %`; what is not quite none or all does not look like it.
    static func percent(_ part: some BinaryInteger, of whole: some BinaryInteger) -> String {
        guard whole > 0 else { return "–" }
        let share = Double(part) / Double(whole) * 100
        if part > 0, share < 0.1 { return "<0.1 %" }
        if part < whole, share > 99.9 { return ">99.9 %" }
        return fixed(share, decimals: share == 0 || share == 100 ? 0 : 1) + " %"
    }

    /// `99.9`, `50`
    static func short(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : fixed(number, decimals: 1)
    }

    /// With so many decimals.
    static func fixed(_ number: Double, decimals: Int) -> String {
        var factor = 1
        for _ in 0..<decimals { factor *= 10 }
        let scaled = Int((number * Double(factor)).rounded())
        guard decimals > 0 else { return grouped(scaled) }
        let fraction = String(scaled.magnitude % UInt(factor))
        let sign = scaled < 0 ? "-" : ""
        return sign + grouped(scaled.magnitude / UInt(factor)) + "."
            + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}

/// Moments and spans as people read them, in UTC.
enum TimeText {
    /// `2019-04-30T08:56:59Z`, with as many decimals as there are.
    static func iso8601(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds.dividedRoundingDown(by: LogTime.nanosecondsPerSecond)
        let fraction = nanoseconds - seconds * LogTime.nanosecondsPerSecond
        let (date, time) = parts(seconds)
        guard fraction > 0 else { return "\(date)T\(time)Z" }
        var decimals = String(fraction + LogTime.nanosecondsPerSecond).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        return "\(date)T\(time).\(decimals)Z"
    }

    /// The date and the time of day of a second since 1970.
    static func parts(_ seconds: Int64) -> (date: String, time: String) {
        let days = seconds.dividedRoundingDown(by: 86_400)
        let rest = seconds - days * 86_400
        // The inverse of LogTime.days(year:month:day:), after the same source.
        let shifted = days + 719_468
        let era = shifted.dividedRoundingDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))",
            "\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
        )
    }

    /// `3 h 14 min`: the two largest units.
    static func span(seconds: Int64) -> String {
        let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        var text = "\(seconds / units[first].0) \(units[first].1)"
        if first + 1 < units.count {
            let rest = seconds % units[first].0 / units[first + 1].0
            if rest > 0 { text += " \(rest) \(units[first + 1].1)" }
        }
        return text
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Text out of a log made safe to show: whoever wrote the log does not move the cursor, colour the screen or turn the
/// direction of the writing.
enum VisibleText {
    static func of(_ text: String, atMost length: Int = .max) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                visible.append("\u{fffd}")
            default: visible.append(scalar)
            }
        }
        let whole = String(visible)
        return whole.count <= length ? whole : whole.prefix(length - 1) + "…"
    }
}

extension Limit {
    /// The same limit, in the words of a policy file, with what a caller would have needed in place of its own numbers.
    func words(needing need: Int64) -> String {
        var other = self
        switch algorithm {
        case .cooldown, .debounce:
            guard need < .max else { return "any gap" }
            guard need > 0 else { return "no gap: some came at the same moment" }
            other.periodNanoseconds = need
        default:
            let burst = (Int128(need) * Int128(burst) + Int128(count) - 1) / Int128(count)
            other.count = need
            other.burst = Int64(clamping: burst)
        }
        return other.words
    }
}
