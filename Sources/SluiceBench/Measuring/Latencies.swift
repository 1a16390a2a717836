import Histogram

/// How long each of many calls took, to three digits.
///
/// In an open loop a call that comes late because an earlier one stood in its way has waited since it was due; what is
/// recorded begins there, so that a pause of the system is in every call that it held up (coordinated omission).
public struct Latencies: Sendable {
    /// The longest that is told apart: a minute.
    private static let longest: UInt64 = 60_000_000_000
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    /// Nothing yet.
    public init() {}

    /// How many calls there were.
    public var count: UInt64 { histogram.totalCount }

    /// Records a call.
    public mutating func record(nanoseconds: Int64) {
        histogram.record(min(UInt64(max(0, nanoseconds)), Self.longest))
    }

    /// Counts what another has counted.
    public mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

    /// The duration in nanoseconds that so many of a hundred calls did not exceed; `nil` without calls.
    public func percentile(_ percent: Double) -> Double? {
        count > 0 ? Double(histogram.valueAtPercentile(percent)) : nil
    }

    /// The mean in nanoseconds; `nil` without calls.
    public var mean: Double? { count > 0 ? histogram.mean : nil }
}
