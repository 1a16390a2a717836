import Sluice
import SluiceHTTP

/// Metrics in the text that Prometheus reads, or in OpenMetrics' if it was asked for.
///
/// Sources: Prometheus' exposition format 0.0.4, OpenMetrics 1.0.
struct MetricsText: ~Copyable {
    /// What a metric's numbers are.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// A label and its value.
    typealias Label = (name: StaticString, value: String)

    private let isOpen: Bool
    private(set) var out = ByteWriter(capacity: 16 << 10)
    private var name: StaticString = ""
    private var kind = Kind.gauge

    /// - Parameter accept: What the reader takes, by HTTP's `Accept`.
    init(accepting accept: String?) { isOpen = accept?.contains("application/openmetrics-text") == true }

    /// The content type of what is written.
    var contentType: String {
        isOpen
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"
    }

    /// Begins a metric; its samples follow.
    /// - Parameter name: Without `_total`, which counters' samples get.
    mutating func begin(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        (self.name, self.kind) = (name, kind)
        let suffix: StaticString = kind == .counter && !isOpen ? "_total" : ""
        out.write("# HELP ")
        out.write(name)
        out.write(suffix)
        out.write(UInt8(ascii: " "))
        out.write(help)
        out.write("\n# TYPE ")
        out.write(name)
        out.write(suffix)
        out.write(UInt8(ascii: " "))
        out.write(string: kind.rawValue)
        out.write(UInt8(ascii: "\n"))
    }

    /// A sample of the metric that was begun last.
    mutating func sample(_ value: UInt64, _ labels: Label...) {
        writeHead(kind == .counter ? "_total" : "", labels)
        out.write(string: String(value))
        out.write(UInt8(ascii: "\n"))
    }

    /// A sample of the metric that was begun last, which is no whole number.
    mutating func sample(_ value: Double, _ labels: Label...) {
        writeHead(kind == .counter ? "_total" : "", labels)
        out.write(string: value.description)
        out.write(UInt8(ascii: "\n"))
    }

    /// A histogram of durations, in seconds.
    /// - Parameter exemplars: One for each bucket, or none; only OpenMetrics has room for them.
    mutating func sample(_ counts: DurationCounts, _ label: Label, _ exemplars: [Exemplars.Exemplar?] = []) {
        for (place, end) in DurationCounts.metricEnds.enumerated() {
            let exemplar = exemplars.isEmpty ? nil : exemplars[place]
            writeBucket(counts.count(upTo: end.nanoseconds), upTo: "\(end.seconds)", [label], exemplar)
        }
        let sum = Double(counts.totalNanoseconds) / 1_000_000_000
        writeTotals(counts.count, sum: sum, [label], exemplars.last ?? nil)
    }

    /// A histogram of which each bucket's own count is known, by the upper ends of the buckets.
    mutating func sample(_ counts: [UInt64], upTo ends: [Double], _ labels: Label...) {
        var sum: UInt64 = 0
        var weighted = 0.0
        for (count, end) in zip(counts, ends) {
            sum += count
            weighted += Double(count) * end
            writeBucket(sum, upTo: end.description, labels)
        }
        writeTotals(sum, sum: weighted, labels)
    }

    private mutating func writeTotals(
        _ count: UInt64, sum: Double, _ labels: [Label], _ exemplar: Exemplars.Exemplar? = nil
    ) {
        writeBucket(count, upTo: "+Inf", labels, exemplar)
        writeHead("_sum", labels)
        out.write(string: sum.description)
        out.write(UInt8(ascii: "\n"))
        writeHead("_count", labels)
        out.write(string: String(count))
        out.write(UInt8(ascii: "\n"))
    }

    private mutating func writeBucket(
        _ count: UInt64, upTo end: String, _ labels: [Label], _ exemplar: Exemplars.Exemplar? = nil
    ) {
        writeHead("_bucket", labels + [("le", end)])
        out.write(string: String(count))
        if isOpen, let exemplar {
            out.write(" # {trace_id=\"")
            out.write(string: exemplar.trace)
            out.write("\"} ")
            out.write(string: "\(exemplar.seconds) \(exemplar.time)")
        }
        out.write(UInt8(ascii: "\n"))
    }

    /// Ends the text.
    mutating func end() { if isOpen { out.write("# EOF\n") } }

    private mutating func writeHead(_ suffix: StaticString, _ labels: [Label]) {
        out.write(name)
        out.write(suffix)
        for (index, label) in labels.enumerated() {
            out.write(UInt8(ascii: index == 0 ? "{" : ","))
            out.write(label.name)
            out.write("=\"")
            writeEscaped(label.value)
            out.write(UInt8(ascii: "\""))
        }
        if !labels.isEmpty { out.write(UInt8(ascii: "}")) }
        out.write(UInt8(ascii: " "))
    }

    private mutating func writeEscaped(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): out.write("\\\\")
            case UInt8(ascii: "\""): out.write("\\\"")
            case UInt8(ascii: "\n"): out.write("\\n")
            default: out.write(byte)
            }
        }
    }
}
