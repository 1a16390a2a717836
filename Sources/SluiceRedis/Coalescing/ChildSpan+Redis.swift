import SluiceTracing
import Tracing

extension ChildSpan {
    /// A request to Redis, by OpenTelemetry's words for calls of databases.
    ///
    /// It begins when the request is put in line; the event `sent` says when it left.
    static func redis(_ operation: StoreOperation) -> ChildSpan {
        let span = ChildSpan("redis \(operation.word)", ofKind: .client)
        span.update {
            $0["db.system.name"] = "redis"
            $0["db.operation.name"] = "FCALL"
            $0["sluice.operation"] = operation.word
        }
        return span
    }

    /// The request leaves in a call together with others.
    func leaves(with companions: Int) {
        guard let span, span.isRecording else { return }
        span.attributes["db.operation.batch.size"] = companions
        span.addEvent(SpanEvent(name: "sent"))
    }
}

extension StoreOperation {
    /// What is asked, in a word.
    fileprivate var word: String {
        switch self {
        case .decide: "decide"
        case .peek: "peek"
        case .acquire: "acquire"
        case .refund: "refund"
        case .reset: "reset"
        case .undo: "undo"
        case .renew: "renew"
        case .release: "release"
        case .borrow: "borrow"
        case .settle: "settle"
        case .hold: "hold"
        case .lift: "lift"
        }
    }
}
