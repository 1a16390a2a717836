import Sluice
import SluiceRedis
import Synchronization

/// What a running server knows of itself: where metrics, the dashboard and `sluice top` are fed from.
///
/// Its parts are put in as the server is put together, before it serves.
final class ServerStatistics: Sendable {
    private struct Parts {
        var http: HTTPStatistics?
        var resp: RESPShared?
        var grpc: CallStatistics?
        var spans: SpanQueue?
    }

    let engine: DecisionEngine
    let loads = LoadRecord()
    let snapshots = SnapshotRecord()
    let overrides = OverrideBook()
    /// What the nodes of Redis told last.
    let surveys = Mutex<[NodeSurvey]>([])
    /// Open streams of events.
    let streams = Atomic<Int>(0)
    let startedAt: Timestamp
    let threads: Int
    /// Whether callers are named.
    let showsCallers: Bool
    private let parts = Mutex(Parts())

    init(_ engine: DecisionEngine, threads: Int, showsCallers: Bool) {
        self.engine = engine
        self.threads = threads
        self.showsCallers = showsCallers
        startedAt = engine.limiter.now()
        engine.limiter.store.watch.keepDenials(namingCallers: showsCallers)
    }

    /// The spans that wait to be sent; `nil` if none are.
    var spans: SpanQueue? {
        get { parts.withLock { $0.spans } }
        set { parts.withLock { $0.spans = newValue } }
    }

    var http: HTTPStatistics? {
        get { parts.withLock { $0.http } }
        set { parts.withLock { $0.http = newValue } }
    }

    var resp: RESPShared? {
        get { parts.withLock { $0.resp } }
        set { parts.withLock { $0.resp = newValue } }
    }

    var grpc: CallStatistics? {
        get { parts.withLock { $0.grpc } }
        set { parts.withLock { $0.grpc = newValue } }
    }

    /// How long things take, by their names; decisions first.
    var durations: [(name: String, counts: DurationCounts)] {
        var durations = [("decision", engine.limiter.store.watch.durations.counted)]
        if let http { durations.append(("http", http.durations)) }
        if let resp { durations.append(("resp", resp.durations)) }
        if let grpc { durations.append(("grpc", grpc.durations.counted)) }
        if let shared = engine.shared { durations.append(("store", shared.statistics.calls.counted)) }
        return durations
    }

    /// Traces of requests to look at, by how long they took.
    func exemplars(of transport: String) -> [Exemplars.Exemplar?] {
        let exemplars =
            switch transport {
            case "http": http?.exemplars
            case "resp": resp?.exemplars
            case "grpc": grpc?.exemplars
            default: nil as Exemplars?
            }
        return exemplars?.all ?? []
    }

    /// What the transports have done.
    var transports: [TransportCount] {
        var counts: [TransportCount] = []
        if let http {
            let answers = http.answers
            counts.append(
                TransportCount(
                    name: "http", connections: http.openConnections, connectionsLimit: http.maximumConnections,
                    refused: http.refusedConnections,
                    answers: answers.map { ("\($0.status)", $0.count) },
                    errors: answers.reduce(0) { $1.status >= 400 && $1.status != 429 ? $0 + $1.count : $0 }))
        }
        if let statistics = resp?.statistics {
            let errors = UInt64(statistics.errors)
            let faults = UInt64(statistics.faults)
            counts.append(
                TransportCount(
                    name: "resp", connections: statistics.connections, connectionsLimit: statistics.maximumConnections,
                    refused: UInt64(statistics.refused),
                    answers: [
                        ("ok", UInt64(max(0, statistics.requests - statistics.errors - statistics.faults))),
                        ("client_error", errors), ("error", faults),
                    ], errors: errors + faults))
        }
        if let grpc {
            counts.append(
                TransportCount(
                    name: "grpc", connections: nil, connectionsLimit: nil, refused: nil,
                    answers: [("ok", grpc.succeeded), ("client_error", grpc.refused), ("error", grpc.failed)],
                    errors: grpc.refused + grpc.failed))
        }
        return counts
    }
}

/// What one transport has done.
struct TransportCount {
    var name: String
    /// Open now, how many may be, and refused so far; `nil` where nobody counts them.
    var connections: Int?
    var connectionsLimit: Int?
    var refused: UInt64?
    /// Requests answered, by status.
    var answers: [(status: String, count: UInt64)]
    var errors: UInt64

    var requests: UInt64 { answers.reduce(0) { $0 + $1.count } }
}
