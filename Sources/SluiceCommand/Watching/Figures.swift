import Foundation

/// Numbers as people read them in a terminal.
enum Figures {
    /// `1,234`, and below ten `1.2`.
    static func rate(_ number: Double) -> String {
        if number > 0, number < 9.95 { return String(format: "%.1f", number) }
        return count(Int(number.rounded()))
    }

    /// `1,234,567`.
    static func count(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// `1.2 %`; empty where there is nothing to divide.
    static func share(_ part: Double, of whole: Double) -> String {
        whole > 0 ? String(format: "%.1f %%", 100 * part / whole) : ""
    }

    /// `250 ns`, `1.2 µs`, `30 ms`.
    static func duration(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        for (unit, size) in [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)] where seconds < 999.5 * size {
            let number = seconds / size
            return "\(String(format: number < 9.95 ? "%.1f" : "%.0f", number)) \(unit)"
        }
        return String(format: "%.1f s", seconds)
    }

    /// `12.3 MiB`.
    static func bytes(_ number: Int) -> String {
        var (number, unit) = (Double(number), "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where number >= 1_024 { (number, unit) = (number / 1_024, next) }
        return unit == "B" ? "\(Int(number)) B" : String(format: "%.1f %@", number, unit)
    }

    /// `2d 3h`, `4m 5s`.
    static func span(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        let parts = [(whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")]
        let shown = parts.drop { $0.0 == 0 }.prefix(2)
        return shown.isEmpty ? "0s" : shown.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    /// The time of day of Unix seconds.
    static func time(_ seconds: Double, withMilliseconds: Bool = false) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        localtime_r(&moment, &parts)
        let clock = String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
        return withMilliseconds ? clock + String(format: ".%03d", Int(seconds * 1_000) % 1_000) : clock
    }

    /// Eight numbers as bars.
    static func bars(_ numbers: [Int]) -> String {
        let most = numbers.max() ?? 0
        guard most > 0 else { return "" }
        let bars = Array("▁▂▃▄▅▆▇█")
        return String(
            numbers.map { $0 == 0 ? " " : bars[min(7, Int((Double($0) / Double(most) * 8).rounded(.up)) - 1)] })
    }
}
