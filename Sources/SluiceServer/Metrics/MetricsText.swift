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
    private var name = ""
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
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        (self.name, self.kind) = (name, kind)
        let family = kind == .counter && !isOpen ? name + "_total" : name
        out.write(string: "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n")
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

    /// Ends the text.
    mutating func end() { if isOpen { out.write("# EOF\n") } }

    private mutating func writeHead(_ suffix: StaticString, _ labels: [Label]) {
        out.write(string: name)
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
