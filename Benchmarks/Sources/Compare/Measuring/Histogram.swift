/// Counts of durations, each within 1.6 % of its value, in constant memory.
struct Histogram {
    private static let bits = 6
    private var counts = [UInt32](repeating: 0, count: 64 << bits)
    private var total = 0
    private(set) var largest: Int64 = 0

    mutating func record(_ nanoseconds: Int64) {
        let value = UInt64(clamping: nanoseconds)
        counts[Self.bucket(of: value)] += 1
        total += 1
        largest = max(largest, nanoseconds)
    }

    /// Counts what another one has counted.
    mutating func add(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        total += other.total
        largest = max(largest, other.largest)
    }

    /// The duration that this share of all recorded ones does not exceed.
    func quantile(_ share: Double) -> Int64 {
        var left = Int((Double(total) * share).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            left -= Int(count)
            if left <= 0 { return min(largest, Int64(clamping: Self.upperBound(of: bucket))) }
        }
        return largest
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >> bits != 0 else { return Int(value) }
        let shift = 63 - bits - value.leadingZeroBitCount
        return (shift << bits) + Int(value >> UInt64(shift))
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >> bits != 0 else { return UInt64(bucket) }
        let shift = (bucket >> bits) - 1
        let mantissa = UInt64(bucket - (shift << bits))
        return ((mantissa + 1) << UInt64(shift)) - 1
    }
}
