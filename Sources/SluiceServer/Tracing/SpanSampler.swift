import Synchronization

/// Which traces are kept: those that the caller keeps, and of those that begin here a share.
///
/// The share is taken by the trace's number, so that servers with the same share keep the same traces.
/// Source: OpenTelemetry, `ParentBased(root=TraceIdRatioBased)`.
struct SpanSampler: Sendable {
    /// A trace is kept whose low 63 bits are below this.
    private let bound: UInt64

    /// - Parameter ratio: From 0 to 1.
    init(ratio: Double) {
        bound = ratio >= 1 ? 1 << 63 : UInt64(max(0, ratio) * 0x1p63)
    }

    /// Whether a trace that begins here is kept.
    func keeps(_ trace: (high: UInt64, low: UInt64)) -> Bool { trace.low & (1 << 63 - 1) < bound }
}

/// Numbers for traces and spans, none of them zero: a Weyl sequence, mixed, from a start nobody knows.
///
/// They need not be secret, and a system call for each would take longer than a decision.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
final class SpanNumbers: Sendable {
    private let state = Atomic<UInt64>(.random(in: .min ... .max))

    func next() -> UInt64 {
        var number = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
        number ^= number >> 31
        return number == 0 ? 1 : number
    }
}
