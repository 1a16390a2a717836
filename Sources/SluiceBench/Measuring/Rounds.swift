/// What the rounds of one measurement said.
public struct Rounds: Sendable, Hashable, Codable {
    /// One figure for each round, in the order in which they came.
    public private(set) var values: [Double] = []

    /// No round yet.
    public init(_ values: [Double] = []) { self.values = values }

    mutating func add(_ value: Double) { values.append(value) }

    /// The middle one; `nil` without rounds.
    public var median: Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Between which rounds the true median lies in 19 of 20 cases, whatever the distribution; `nil` for fewer than
    /// six rounds, which say too little.
    ///
    /// Source: the sign test; the number of rounds below the true median is binomial with 1/2.
    public var confidence: ClosedRange<Double>? {
        let sorted = values.sorted()
        // So many of the lowest, and of the highest, are left out as both tails stay below a fortieth.
        var (left, tail, term) = (0, 0.0, 1.0)
        for _ in 0..<sorted.count { term /= 2 }
        while true {
            tail += term
            guard tail <= 0.025 else { break }
            left += 1
            term *= Double(sorted.count - left + 1) / Double(left)
        }
        guard left > 0 else { return nil }
        return sorted[left - 1]...sorted[sorted.count - left]
    }
}
