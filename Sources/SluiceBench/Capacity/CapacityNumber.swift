import Sluice

/// Numbers as people type and read them: `1m`, `250k`, `1e6`, `20/h`.
public enum CapacityNumber {
    private static let sizes: [(word: String, size: Double)] = [("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12)]
    private static let spans: [(words: [String], seconds: Double)] = [
        (["s", "second"], 1), (["m", "min", "minute"], 60), (["h", "hour"], 3_600), (["d", "day"], 86_400),
    ]

    /// A count: digits, perhaps with a point, an exponent and `_`, and perhaps `k`, `m`, `g` or `t` for a thousand, a
    /// million, a thousand million or a million million.
    /// - Throws: ``BenchError`` with what to write.
    public static func count(_ text: String) throws(BenchError) -> Double {
        let lower = text.lowercased()
        let size = sizes.first { lower.hasSuffix($0.word) }
        let digits = (size == nil ? lower[...] : lower.dropLast()).filter { $0 != "_" }
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || ".e+-".contains($0)) }), let number = Double(digits),
            number.isFinite, number >= 0
        else {
            throw BenchError(
                "'\(text)' is no number: write digits, and k, m, g or t for a thousand, a million, 1e9 or 1e12, such "
                    + "as 250k or 1.5m")
        }
        return number * (size?.size ?? 1)
    }

    /// A rate in a second: a count, and perhaps `/s`, `/min`, `/h` or `/day`.
    /// - Throws: ``BenchError`` with what to write.
    public static func rate(_ text: String) throws(BenchError) -> Double {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let number = try count(parts[0])
        guard parts.count > 1 else { return number }
        guard let span = spans.first(where: { $0.words.contains(parts[1].lowercased()) }) else {
            let words = spans.flatMap(\.words)
            throw BenchError(
                "'\(parts[1])' is no span of time\(NearestWord.hint(for: parts[1], among: words)); write /s, /min, /h "
                    + "or /day, such as 20/h")
        }
        return number / span.seconds
    }

    /// A whole number with commas, others with three digits.
    public static func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        guard value == value.rounded() || abs(value) >= 1_000 else { return small(value) }
        guard abs(value) < 1e18 else { return "\(value)" }
        var digits = String(Int64(abs(value).rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    private static func small(_ value: Double) -> String {
        let size = abs(value)
        guard size >= 0.001 else { return "\(value)" }
        let factor = size >= 100 ? 1.0 : size >= 10 ? 10 : size >= 1 ? 100 : 1_000
        let text = "\((value * factor).rounded() / factor)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
