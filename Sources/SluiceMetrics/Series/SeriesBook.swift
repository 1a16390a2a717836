import CoreMetrics

/// The backend's handles, one for each series, and what it has been told of each.
struct SeriesBook: Sendable {
    private struct Counted {
        let counter: Counter
        var told: UInt64 = 0
    }

    private struct Summed {
        let counter: FloatingPointCounter
        var told = 0.0
    }

    private let factory: any MetricsFactory
    private let most: Int
    private var counters: [Series: Counted] = [:]
    private var sums: [Series: Summed] = [:]
    private var meters: [Series: Meter] = [:]

    /// A book of nothing.
    /// - Parameter most: How many series it has at most. What is new beyond it is not told.
    init(_ factory: any MetricsFactory, most: Int) {
        self.factory = factory
        self.most = most
    }

    private var hasRoom: Bool { counters.count + sums.count + meters.count < most }

    /// Tells the backend what has changed.
    mutating func tell(_ readings: Readings) {
        // A level that nobody tells any more, such as of a node that has left, would stand still for ever.
        for (series, meter) in meters where readings.levels[series] == nil {
            meter.destroy()
            meters[series] = nil
        }
        for (series, level) in readings.levels { set(level, of: series) }
        for (series, count) in readings.counts { raise(series, to: count) }
        for (series, sum) in readings.sums { raise(series, to: sum) }
    }

    private mutating func set(_ level: Int64, of series: Series) {
        if meters[series] == nil {
            guard hasRoom else { return }
            meters[series] = Meter(label: series.name, dimensions: series.dimensions, factory: factory)
        }
        meters[series]?.set(level)
    }

    /// A counter of nothing is made all the same: what comes first is then seen as a change.
    private mutating func raise(_ series: Series, to count: UInt64) {
        if counters[series] == nil {
            guard hasRoom else { return }
            let counter = Counter(label: series.name, dimensions: series.dimensions, factory: factory)
            counters[series] = Counted(counter: counter)
        }
        // Of two reports at once the later reading may have been told before the earlier one.
        guard let known = counters[series], count > known.told else { return }
        known.counter.increment(by: Int64(clamping: count - known.told))
        counters[series]?.told = count
    }

    private mutating func raise(_ series: Series, to sum: Double) {
        if sums[series] == nil {
            guard hasRoom else { return }
            let counter = FloatingPointCounter(label: series.name, dimensions: series.dimensions, factory: factory)
            sums[series] = Summed(counter: counter)
        }
        guard let known = sums[series], sum > known.told else { return }
        known.counter.increment(by: sum - known.told)
        sums[series]?.told = sum
    }

    /// Takes all series from the backend.
    mutating func destroy() {
        for known in counters.values { known.counter.destroy() }
        for known in sums.values { known.counter.destroy() }
        for meter in meters.values { meter.destroy() }
        (counters, sums, meters) = ([:], [:], [:])
    }
}
