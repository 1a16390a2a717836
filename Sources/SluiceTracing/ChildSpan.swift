package import Sluice
package import Tracing

/// A span below the one that the caller is in; none where nobody traces, which costs a look for it.
package struct ChildSpan: Sendable {
    /// The span itself; `nil` where nobody traces.
    package let span: (any Span)?

    /// No span.
    package static let none = ChildSpan()

    private init() { span = nil }

    /// Begins a span if the caller is in one.
    /// - Parameter name: Put together only then.
    @inline(__always)
    package init(_ name: @autoclosure () -> String, ofKind kind: SpanKind = .internal) {
        guard let context = ServiceContext.current else {
            span = nil
            return
        }
        span = InstrumentationSystem.tracer.startSpan(name(), context: context, ofKind: kind)
    }

    /// Writes attributes, where they are kept.
    @inline(__always)
    package func update(_ change: (inout SpanAttributes) -> Void) {
        guard let span, span.isRecording else { return }
        span.updateAttributes(change)
    }

    /// It is over, and this was decided.
    /// - Parameter domain: What Envoy calls the policies that were asked, if it was he who asked.
    package func end(_ decision: Decision, policy: String?, domain: String? = nil) {
        update {
            $0.set(decision, policy: policy)
            if let domain { $0["sluice.domain"] = domain }
        }
        end()
    }

    /// It is over.
    package func end() { span?.end() }

    /// It is over, and has failed.
    package func end(failing error: any Error) {
        guard let span else { return }
        span.recordError(error)
        span.setStatus(SpanStatus(code: .error, message: "\(error)"))
        span.end()
    }
}
