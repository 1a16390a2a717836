import Instrumentation
import SluiceHTTP

/// Where a span stands among others: its trace, its own number, and whether the trace is kept.
///
/// Source: W3C Trace Context, https://www.w3.org/TR/trace-context/
struct TraceContext: Hashable, Sendable {
    /// The 128 bits of the trace's number, not all zero.
    var trace: (high: UInt64, low: UInt64) {
        get { (traceHigh, traceLow) }
        set { (traceHigh, traceLow) = newValue }
    }

    private var traceHigh: UInt64
    private var traceLow: UInt64
    /// The span's number, not zero.
    var span: UInt64
    /// Whether somebody keeps the trace.
    var isSampled: Bool
    /// What tracing systems pass on to each other, as it came.
    var state = ""

    /// The longest `tracestate` that is passed on.
    private static let longestState = 512

    init(trace: (high: UInt64, low: UInt64), span: UInt64, isSampled: Bool) {
        (traceHigh, traceLow) = trace
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads a field `traceparent`; `nil` for what is none, which counts as if there were no field.
    init?(parent text: String, state: String? = nil) {
        var text = text
        let context = text.withUTF8 { TraceContext(UnsafeRawBufferPointer($0)) }
        guard let context else { return nil }
        self = context
        if let state, state.utf8.count <= Self.longestState { self.state = state }
    }

    /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; later versions may have more after it.
    private init?(_ text: UnsafeRawBufferPointer) {
        guard text.count >= 55, let version = Self.number(text[0..<2]), version != 0xff,
            version == 0 ? text.count == 55 : text.count == 55 || text[55] == UInt8(ascii: "-"),
            [2, 35, 52].allSatisfy({ text[$0] == UInt8(ascii: "-") }),
            let high = Self.number(text[3..<19]), let low = Self.number(text[19..<35]),
            let span = Self.number(text[36..<52]), let flags = Self.number(text[53..<55]),
            high | low != 0, span != 0
        else { return nil }
        self.init(trace: (high, low), span: span, isSampled: flags & 1 == 1)
    }

    /// The value of hexadecimal digits, which are lower case; `nil` for others.
    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }

    /// As `traceparent` is written.
    var parent: String { "00-\(traceText)-\(Self.digits(span))-\(isSampled ? "01" : "00")" }

    /// The trace's number, as 32 hexadecimal digits.
    var traceText: String { Self.digits(traceHigh) + Self.digits(traceLow) }

    /// A span's number, as 16 hexadecimal digits.
    static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

private enum TraceContextKey: InstrumentationContextKey {
    typealias Value = TraceContext
    static let nameOverride: String? = "trace-context"
}

extension InstrumentationContext {
    /// The span that is going on, or the caller's.
    var trace: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
