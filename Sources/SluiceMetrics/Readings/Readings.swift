import Sluice

/// What everything that is reported has come to at one moment, by series.
///
/// What several sources tell under one series adds up: two limiters with one policy are told as one.
struct Readings: Sendable {
    /// What was counted since the process began.
    private(set) var counts: [Series: UInt64] = [:]
    /// The same of what is no whole number, such as seconds.
    private(set) var sums: [Series: Double] = [:]
    /// What goes up and down.
    private(set) var levels: [Series: Int64] = [:]

    /// A counter.
    /// - Parameter name: As Prometheus has it, with `_total`: backends take names as they are.
    mutating func count(_ name: String, _ value: some BinaryInteger, _ labels: Series.Label...) {
        add(UInt64(clamping: value), to: Series(name, labels))
    }

    /// A counter of what is no whole number.
    mutating func sum(_ name: String, _ value: Double, _ labels: Series.Label...) {
        add(value, to: Series(name, labels))
    }

    /// What goes up and down.
    mutating func level(_ name: String, _ value: some BinaryInteger, _ labels: Series.Label...) {
        let series = Series(name, labels)
        levels[series] = (levels[series] ?? 0).saturatingAdding(Int64(clamping: value))
    }

    /// What goes up and down; of several sources the highest counts.
    mutating func highest(_ name: String, _ value: some BinaryInteger, _ labels: Series.Label...) {
        let series = Series(name, labels)
        levels[series] = max(levels[series] ?? .min, Int64(clamping: value))
    }

    mutating func add(_ count: UInt64, to series: Series) { counts[series, default: 0] &+= count }

    mutating func add(_ sum: Double, to series: Series) { sums[series, default: 0] += sum }
}
