import Instrumentation
import NIOHTTP1
import Tracing

/// Begins the spans of what comes over the network, if the program has a tracer.
struct RequestTracing: Sendable {
    private let tracer: any Tracer
    /// Where a transport's traces are kept to be looked at.
    let exemplars: Exemplars

    /// The tracer that the program goes by; `nil` without one, so that nothing is looked for.
    init?(_ exemplars: Exemplars) {
        let tracer = InstrumentationSystem.tracer
        if tracer is NoOpTracer { return nil }
        self.tracer = tracer
        self.exemplars = exemplars
    }

    /// Begins the span of a request, below the one that its fields name.
    /// - Returns: `nil` if nobody keeps it.
    func begin<Carrier, Fields: Extractor>(
        _ name: String, _ carrier: Carrier, _ fields: Fields
    ) -> (any Span)? where Fields.Carrier == Carrier {
        var context = InstrumentationContext.topLevel
        tracer.extract(carrier, into: &context, using: fields)
        return begin(name, in: context)
    }

    /// Begins a span, below none unless told otherwise.
    /// - Returns: `nil` if nobody keeps it.
    func begin(_ name: String, in context: InstrumentationContext = .topLevel) -> (any Span)? {
        let span = tracer.startSpan(name, context: context, ofKind: .server)
        if span.isRecording { return span }
        span.end()
        return nil
    }
}

/// Does something below a span, if there is one.
@inline(__always)
func within<Result>(_ span: (any Span)?, _ body: () throws -> Result) rethrows -> Result {
    guard let span else { return try body() }
    return try InstrumentationContext.$current.withValue(span.context, operation: body)
}

extension Span {
    /// So many requests that came together were answered.
    func end(requests: Int, errors: Int) {
        updateAttributes {
            $0["sluice.requests"] = requests
            $0["sluice.errors"] = errors
        }
        end()
    }
}

/// The fields of HTTP/1.1.
struct HTTPFieldReader: Extractor {
    func extract(key: String, from headers: HTTPHeaders) -> String? { headers.first(name: key) }
}
