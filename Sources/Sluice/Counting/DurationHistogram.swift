internal import Synchronization

/// How long things took, in fixed ranges: ten to a decade, from 100 ns to 10 s.
///
/// A count is one atomic addition, so any thread may record at any time.
/// Sendable: the counts are atomic, and live as long as the histogram.
public final class DurationHistogram: @unchecked Sendable {
    /// The upper ends of the ranges in nanoseconds, included; what is longer than the last has a range of its own.
    static let ends: [Int64] =
        (2...9).flatMap { exponent in
            let decade = (0..<exponent).reduce(1) { value, _ in value * 10 } as Int64
            return ([10, 12, 15, 20, 25, 30, 40, 50, 60, 80] as [Int64]).map { $0 * decade / 10 }
        } + [10_000_000_000]

    private static let places = ends.count + 1
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let nanoseconds = Atomic<UInt64>(0)

    /// A histogram of nothing.
    public init() {
        counts = .allocate(capacity: Self.places)
        for place in 0..<Self.places { (counts + place).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: Self.places)
        counts.deallocate()
    }

    /// Records that something took so long.
    /// - Parameter times: How many things took as long each.
    public func record(nanoseconds duration: Int64, times: Int = 1) {
        let duration = max(0, duration)
        var (low, high) = (0, Self.places - 1)
        while low < high {
            let middle = (low + high) / 2
            if duration <= Self.ends[middle] { high = middle } else { low = middle + 1 }
        }
        counts[low].add(UInt64(times), ordering: .relaxed)
        nanoseconds.add(UInt64(duration) &* UInt64(times), ordering: .relaxed)
    }

    /// What was recorded so far.
    /// - Complexity: O(ranges), 82 of them.
    public var counted: DurationCounts {
        DurationCounts(
            counts: (0..<Self.places).map { counts[$0].load(ordering: .relaxed) },
            totalNanoseconds: nanoseconds.load(ordering: .relaxed))
    }
}
