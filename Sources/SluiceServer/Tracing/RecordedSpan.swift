import Instrumentation
import Synchronization
import Tracing

/// A span that goes on, and is handed on when it ends; one of a trace that nobody keeps records nothing.
final class RecordedSpan: Span {
    /// What a span tells.
    struct Record: Sendable {
        var trace: TraceContext
        /// The number of the span above; `nil` for none.
        var parent: UInt64?
        var name: String
        var kind: SpanKind
        /// In nanoseconds since 1970, as is the end.
        var start: UInt64
        var end: UInt64 = 0
        var attributes: SpanAttributes = [:]
        var events: [SpanEvent] = []
        var links: [SpanLink] = []
        var status: SpanStatus?
    }

    /// The most events, and the most links, that a span keeps.
    private static let mostOfEach = 128

    let context: InstrumentationContext
    private let record: Mutex<Record?>
    private let finish: @Sendable (Record) -> Void

    /// - Parameters:
    ///   - record: What is known at its start; `nil` for one that records nothing.
    ///   - finish: Called with the whole, once.
    init(_ record: Record?, in context: InstrumentationContext, finish: @escaping @Sendable (Record) -> Void) {
        self.context = context
        self.record = Mutex(record)
        self.finish = finish
    }

    var isRecording: Bool { record.withLock { $0 != nil } }

    var operationName: String {
        get { record.withLock { $0?.name ?? "" } }
        set { record.withLock { $0?.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { record.withLock { $0?.attributes ?? [:] } }
        set { record.withLock { $0?.attributes = newValue } }
    }

    /// A status once `ok` stays.
    func setStatus(_ status: SpanStatus) {
        record.withLock { record in
            if record?.status?.code != .ok { record?.status = status }
        }
    }

    func addEvent(_ event: SpanEvent) {
        record.withLock { record in
            if let count = record?.events.count, count < Self.mostOfEach { record?.events.append(event) }
        }
    }

    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        attributes["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    func addLink(_ link: SpanLink) {
        record.withLock { record in
            if let count = record?.links.count, count < Self.mostOfEach { record?.links.append(link) }
        }
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard var ended = record.withLock({ $0.take() }) else { return }
        ended.end = max(ended.start, instant().nanosecondsSinceEpoch)
        finish(ended)
    }
}
