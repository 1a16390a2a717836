/// Figures as people write them: three digits and a unit.
public enum FigureText {
    /// Such as `83 ns`, `1.24 ms`, `3.2 MB`, `412,000/s`, `0.02 %`.
    public static func text(_ value: Double, _ unit: Figure.Unit) -> String {
        guard value.isFinite else { return "–" }
        guard value >= 0 else { return "-" + text(-value, unit) }
        switch unit {
        case .nanoseconds: return scaled(value, [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")])
        case .bytes: return scaled(value, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")])
        case .perSecond: return grouped(value) + "/s"
        case .share: return digits(value * 100) + " %"
        case .count: return counted(value)
        }
    }

    private static func scaled(_ value: Double, _ units: [(size: Double, name: String)]) -> String {
        // What three digits round up to a thousand is one of the next unit.
        let unit = units.first { value >= $0.size * 0.9995 } ?? units[units.count - 1]
        return digits(value / unit.size) + " " + unit.name
    }

    /// Three digits, without zeros after the point that say nothing.
    private static func digits(_ value: Double) -> String {
        let places = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        let factor = [1.0, 10, 100][places]
        let rounded = (value * factor).rounded()
        guard places > 0, rounded.truncatingRemainder(dividingBy: factor) != 0 else {
            return "\(Int(rounded / factor))"
        }
        var fraction = "\(Int(rounded) % Int(factor))"
        while fraction.count < places { fraction = "0" + fraction }
        while fraction.last == "0" { fraction.removeLast() }
        return "\(Int(rounded) / Int(factor)).\(fraction)"
    }

    /// What was counted, to the last one; of a mean three digits.
    private static func counted(_ value: Double) -> String {
        guard value < 1e15, value.rounded() == value else { return value < 1_000 ? digits(value) : grouped(value) }
        return commas(Int(value))
    }

    /// Three digits that count, and commas.
    private static func grouped(_ value: Double) -> String {
        var size = 1.0
        while value / size >= 999.5 { size *= 10 }
        return commas(Int((value / size).rounded() * size))
    }

    private static func commas(_ number: Int) -> String {
        var rest = number
        var groups: [String] = []
        while rest >= 1_000 {
            let group = "\(rest % 1_000)"
            groups.insert(String(repeating: "0", count: 3 - group.count) + group, at: 0)
            rest /= 1_000
        }
        return ([("\(rest)")] + groups).joined(separator: ",")
    }
}
