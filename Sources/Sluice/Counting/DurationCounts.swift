/// How often something took how long.
public struct DurationCounts: Sendable, Hashable {
    /// The upper ends of the buckets in which metrics tell durations, in nanoseconds and in seconds as text.
    package static let metricEnds: [(nanoseconds: Int64, seconds: StaticString)] = [
        (1_000, "1e-06"), (2_500, "2.5e-06"), (5_000, "5e-06"), (10_000, "1e-05"), (25_000, "2.5e-05"),
        (50_000, "5e-05"), (100_000, "0.0001"), (250_000, "0.00025"), (500_000, "0.0005"), (1_000_000, "0.001"),
        (2_500_000, "0.0025"), (5_000_000, "0.005"), (10_000_000, "0.01"), (25_000_000, "0.025"),
        (50_000_000, "0.05"), (100_000_000, "0.1"), (250_000_000, "0.25"), (500_000_000, "0.5"),
        (1_000_000_000, "1.0"), (2_500_000_000, "2.5"),
    ]

    private var counts: [UInt64]
    /// The sum of all durations.
    public private(set) var totalNanoseconds: UInt64

    init(counts: [UInt64], totalNanoseconds: UInt64) {
        self.counts = counts
        self.totalNanoseconds = totalNanoseconds
    }

    /// Nothing.
    public init() {
        self.init(counts: Array(repeating: 0, count: DurationHistogram.ends.count + 1), totalNanoseconds: 0)
    }

    /// How many durations there are.
    public var count: UInt64 { counts.reduce(0, &+) }

    /// How many were at most so long; exact where a range ends: at 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 of each decade.
    public func count(upTo nanoseconds: Int64) -> UInt64 {
        zip(DurationHistogram.ends, counts).reduce(0) { $1.0 <= nanoseconds ? $0 &+ $1.1 : $0 }
    }

    /// The duration, in nanoseconds, that a share of all did not exceed: the end of the range it lies in, which is at
    /// most a third more; `nil` if there is none.
    /// - Parameter share: From 0 to 1, such as 0.99.
    public func percentile(_ share: Double) -> Int64? {
        let total = count
        guard total > 0 else { return nil }
        var rest = max(1, (Double(total) * share).rounded(.up))
        for (place, count) in counts.enumerated() {
            rest -= Double(count)
            if rest <= 0 { return DurationHistogram.ends[min(place, DurationHistogram.ends.count - 1)] }
        }
        return DurationHistogram.ends.last
    }

    /// What was recorded since an earlier look at the same histogram.
    public func since(_ earlier: DurationCounts) -> DurationCounts {
        DurationCounts(
            counts: zip(counts, earlier.counts).map { $0 &- $1 },
            totalNanoseconds: totalNanoseconds &- earlier.totalNanoseconds)
    }

    /// Both together.
    public static func + (a: DurationCounts, b: DurationCounts) -> DurationCounts {
        DurationCounts(
            counts: zip(a.counts, b.counts).map { $0 &+ $1 },
            totalNanoseconds: a.totalNanoseconds &+ b.totalNanoseconds)
    }
}
