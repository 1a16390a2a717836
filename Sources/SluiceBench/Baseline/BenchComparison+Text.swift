extension BenchComparison {
    /// What stands above the columns of ``cells``.
    /// - Parameter other: What was compared with.
    public static func titles(_ other: String = "stored") -> [String] { ["figure", other, "now", "ratio", ""] }

    /// A row for each figure that is not as it was; what is as it was is only counted, in ``summary``.
    public var cells: [[String]] {
        lines.filter { $0.verdict != .same }.map { line in
            [
                line.name.words, line.stored.map { FigureText.text($0, line.unit) } ?? "",
                line.now.map { FigureText.text($0, line.unit) } ?? "", line.ratio.map(Self.text) ?? "",
                line.verdict.words,
            ]
        }
    }

    /// How many figures came out how.
    public var summary: String {
        let counts: [(verdict: BenchVerdict, words: String)] = [
            (.worse, "worse"), (.better, "better"), (.same, "within 10 %"), (.unsure, "further away by chance perhaps"),
            (.new, "new"), (.gone, "not measured any more"),
        ]
        let parts = counts.filter { count($0.verdict) > 0 }.map { "\(count($0.verdict)) \($0.words)" }
        return parts.isEmpty ? "nothing to compare" : parts.joined(separator: ", ")
    }

    /// Two digits after the point, as `1.12`.
    static func text(_ ratio: Double) -> String {
        guard ratio.isFinite, ratio < 1e9 else { return "–" }
        let hundredths = Int((ratio * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension FigureName {
    /// Such as `cooldowns, 100, a usual stream: look-up`.
    public var words: String { "\(suite), \(row): \(column)" }
}

extension BenchVerdict {
    /// What stands beside a figure; capitals are what fails.
    public var words: String {
        switch self {
        case .same: ""
        case .better: "better"
        case .worse: "WORSE"
        case .unsure: "chance perhaps"
        case .new: "new"
        case .gone: "gone"
        }
    }
}
