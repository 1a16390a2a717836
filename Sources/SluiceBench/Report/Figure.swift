/// One figure of a table.
public struct Figure: Sendable, Hashable, Codable {
    /// What it counts.
    public enum Unit: String, Sendable, Codable {
        case nanoseconds, bytes, perSecond = "per_second"
        /// Of one: 0.01 is a percent.
        case share
        case count
    }

    /// What it has to be to be good enough.
    public struct Mark: Sendable, Hashable, Codable {
        /// The bound, in the figure's unit: at most so much, or of rates at least.
        public var bound: Double
        /// Whether it was met.
        public var isMet: Bool
    }

    /// The median of the rounds.
    public var value: Double
    public var unit: Unit
    /// Where the true median lies in 19 of 20 cases, if there were rounds enough to say.
    public var low: Double?
    /// See ``low``.
    public var high: Double?
    /// Each round's own.
    public var rounds: [Double]
    /// What the replaced system's documents say of itself, in the same unit. It was measured elsewhere, if it was.
    public var published: Double?
    public var mark: Mark?

    /// - Parameter bound: The most that is good enough, or of rates the least.
    init(_ rounds: Rounds, _ unit: Unit, published: Double? = nil, bound: Double? = nil) {
        value = rounds.median ?? .nan
        (low, high) = (rounds.confidence?.lowerBound, rounds.confidence?.upperBound)
        self.unit = unit
        self.rounds = rounds.values
        self.published = published
        let value = rounds.median ?? .nan
        mark = bound.map { Mark(bound: $0, isMet: unit == .perSecond ? value >= $0 : value <= $0) }
    }
}
