import Instrumentation
import Tracing

/// Makes the spans of a server, and reads and writes W3C's fields.
struct SpanTracer: Tracer {
    typealias Span = RecordedSpan

    private static let parentField = "traceparent"
    private static let stateField = "tracestate"

    private let sampler: SpanSampler
    private let queue: SpanQueue
    private let numbers = SpanNumbers()

    init(_ sampler: SpanSampler, into queue: SpanQueue) {
        self.sampler = sampler
        self.queue = queue
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        var context = context()
        let parent = context.trace
        let number = numbers.next()
        var trace: TraceContext
        if let parent {
            trace = parent
            trace.span = number
        } else {
            let new = (high: numbers.next(), low: numbers.next())
            trace = TraceContext(trace: new, span: number, isSampled: sampler.keeps(new))
        }
        context.trace = trace
        let record =
            trace.isSampled
            ? RecordedSpan.Record(
                trace: trace, parent: parent?.span, name: operationName, kind: kind,
                start: instant().nanosecondsSinceEpoch) : nil
        return RecordedSpan(record, in: context) { [queue] in queue.append($0) }
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: Self.parentField, from: carrier) else { return }
        let state = extractor.extract(key: Self.stateField, from: carrier)
        guard let trace = TraceContext(parent: parent, state: state) else { return }
        context.trace = trace
    }

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.parent, forKey: Self.parentField, into: &carrier)
        if !trace.state.isEmpty { injector.inject(trace.state, forKey: Self.stateField, into: &carrier) }
    }
}
