import Sluice
import Synchronization
import Tracing

/// For each range of a histogram of durations the last request whose trace is kept: so that who sees that some were
/// slow can look at one of them.
final class Exemplars: Sendable {
    struct Exemplar: Sendable {
        /// The trace's number, as 32 hexadecimal digits.
        var trace: String
        var seconds: Double
        /// When it was over, in seconds since 1970.
        var time: Double
    }

    private let byRange = Mutex([Exemplar?](repeating: nil, count: DurationCounts.metricEnds.count + 1))

    /// A request was answered that has a span.
    func note(_ span: any Span, nanoseconds: Int64) {
        // Another tracer's numbers are its own.
        guard let trace = span.context.trace, trace.isSampled else { return }
        let ends = DurationCounts.metricEnds
        let place = ends.firstIndex { nanoseconds <= $0.nanoseconds } ?? ends.count
        let now = Double(DefaultTracerClock.now.nanosecondsSinceEpoch)
        let exemplar = Exemplar(
            trace: trace.traceText, seconds: Double(nanoseconds) / 1_000_000_000, time: now / 1_000_000_000)
        byRange.withLock { $0[place] = exemplar }
    }

    /// One for each range that metrics tell; the last is of what was longer.
    var all: [Exemplar?] { byRange.withLock { $0 } }
}
