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

    /// The upper ends of a histogram's buckets in nanoseconds, and as they are written.
    private static let ends: [(nanoseconds: Int64, text: StaticString)] = [
        (1_000, "1e-06"), (2_500, "2.5e-06"), (5_000, "5e-06"), (10_000, "1e-05"), (25_000, "2.5e-05"),
        (50_000, "5e-05"), (100_000, "0.0001"), (250_000, "0.00025"), (500_000, "0.0005"), (1_000_000, "0.001"),
        (2_500_000, "0.0025"), (5_000_000, "0.005"), (10_000_000, "0.01"), (25_000_000, "0.025"),
        (50_000_000, "0.05"), (100_000_000, "0.1"), (250_000_000, "0.25"), (500_000_000, "0.5"),
        (1_000_000_000, "1.0"), (2_500_000_000, "2.5"),
    ]

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
    mutating func sample(_ counts: DurationCounts, _ label: Label) {
        for end in Self.ends { writeBucket(counts.count(upTo: end.nanoseconds), upTo: end.text, [label]) }
        writeTotals(counts.count, sum: Double(counts.totalNanoseconds) / 1_000_000_000, [label])
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

    private mutating func writeTotals(_ count: UInt64, sum: Double, _ labels: [Label]) {
        writeBucket(count, upTo: "+Inf" as StaticString, labels)
        writeHead("_sum", labels)
        out.write(string: sum.description)
        out.write(UInt8(ascii: "\n"))
        writeHead("_count", labels)
        out.write(string: String(count))
        out.write(UInt8(ascii: "\n"))
    }

    private mutating func writeBucket(_ count: UInt64, upTo end: StaticString, _ labels: [Label]) {
        writeBucket(count, upTo: end.description, labels)
    }

    private mutating func writeBucket(_ count: UInt64, upTo end: String, _ labels: [Label]) {
        writeHead("_bucket", labels + [("le", end)])
        out.write(string: String(count))
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
