import Sluice

/// Histograms, as the counters that Prometheus reads as one: cumulative buckets, how many there are, and their sum.
///
/// A `Timer` of swift-metrics wants to be told of each duration, which would cost every decision.
extension Readings {
    /// A histogram of durations, in seconds.
    mutating func durations(_ name: String, _ counts: DurationCounts, _ labels: Series.Label...) {
        for end in DurationCounts.metricEnds {
            bucket(name, counts.count(upTo: end.nanoseconds), upTo: "\(end.seconds)", labels)
        }
        total(name, counts.count, sum: Double(counts.totalNanoseconds) / 1_000_000_000, labels)
    }

    /// A histogram of shares of a whole, of which each bucket's own count is known; the buckets divide the whole.
    mutating func shares(_ name: String, _ counts: [UInt64], _ labels: Series.Label...) {
        var all: UInt64 = 0
        var sum = 0.0
        for (place, count) in counts.enumerated() {
            let end = Double(place + 1) / Double(counts.count)
            all &+= count
            sum += Double(count) * end
            bucket(name, all, upTo: end.description, labels)
        }
        total(name, all, sum: sum, labels)
    }

    private mutating func bucket(_ name: String, _ count: UInt64, upTo end: String, _ labels: [Series.Label]) {
        add(count, to: Series(name + "_bucket", labels + [("le", end)]))
    }

    private mutating func total(_ name: String, _ count: UInt64, sum: Double, _ labels: [Series.Label]) {
        bucket(name, count, upTo: "+Inf", labels)
        add(count, to: Series(name + "_count", labels))
        add(sum, to: Series(name + "_sum", labels))
    }
}
