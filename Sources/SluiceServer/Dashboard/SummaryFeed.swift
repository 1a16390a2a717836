import NIOCore
import ServiceLifecycle
import Sluice
import SluiceHTTP
import SluiceRedis
import Synchronization

/// Tells all who look on, once a second, how things stand: put together once, however many there are.
///
/// It also keeps the last hour, in points of ten seconds, for who comes later.
final class SummaryFeed: Service {
    /// What was decided in ten seconds.
    struct Point: Sendable {
        var time: Timestamp
        /// Per second.
        var allowed: Double
        var denied: Double
        /// Of decisions, in nanoseconds.
        var p50: Int64?
        var p99: Int64?
    }

    private struct State {
        var listeners: [Int: AsyncStream<ByteBuffer>.Continuation] = [:]
        var lastListener = 0
        var hasEnded = false
        var points: [Point] = []
        var latest: (event: ByteBuffer, number: Int)?
    }

    /// The seconds of a point, and how many points are kept.
    static let step = 10
    private static let kept = 360
    private static let interval: Duration = .seconds(1)

    private let statistics: ServerStatistics
    private let state = Mutex(State())

    init(_ statistics: ServerStatistics) { self.statistics = statistics }

    /// Whether the server is stopping.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The points of the last hour, the oldest first.
    var points: [Point] { state.withLock { $0.points } }

    /// What was told last, and which of all it was.
    var latest: (event: ByteBuffer, number: Int)? { state.withLock { $0.latest } }

    /// What is told from now on, as server-sent events. Who is slow misses some of it.
    func listen() -> (events: AsyncStream<ByteBuffer>, number: Int) {
        let (events, continuation) = AsyncStream<ByteBuffer>.makeStream(bufferingPolicy: .bufferingNewest(2))
        let number = state.withLock { state in
            state.lastListener += 1
            if state.hasEnded { continuation.finish() } else { state.listeners[state.lastListener] = continuation }
            return state.lastListener
        }
        return (events, number)
    }

    /// Ends what ``listen()`` began.
    func leave(_ number: Int) {
        state.withLock { $0.listeners.removeValue(forKey: number) }?.finish()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in await tellNowAndThen() }
        let listeners = state.withLock { state in
            state.hasEnded = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }

    private func tellNowAndThen() async {
        var looks: [[(name: String, counts: DurationCounts)]] = []
        var lastPoint = look()
        var seconds = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            seconds += 1
            looks.append(statistics.durations)
            if looks.count > Self.step + 1 { looks.removeFirst() }
            if seconds % Self.step == 0 {
                let now = look()
                keep(Point(from: lastPoint, to: now))
                lastPoint = now
            }
            let listeners = state.withLock { Array($0.listeners.values) }
            guard !listeners.isEmpty, let first = looks.first, let last = looks.last else { continue }
            let recent = zip(last, first).map { ($0.name, $0.counts.since($1.counts)) }
            let event = await event(recent)
            state.withLock { $0.latest = (event, seconds) }
            for listener in listeners { listener.yield(event) }
        }
    }

    private func event(_ recent: [(name: String, counts: DurationCounts)]) async -> ByteBuffer {
        let nodes = await statistics.engine.shared?.nodeReports() ?? []
        var out = ByteWriter(capacity: 8 << 10)
        out.write("event: summary\ndata: ")
        SummaryWriter(statistics: statistics, nodes: nodes, recent: recent)
            .write(at: statistics.engine.limiter.now(), into: &out)
        out.write("\n\n")
        return ByteBuffer(bytes: out.bytes)
    }

    private func keep(_ point: Point) {
        state.withLock { state in
            state.points.append(point)
            if state.points.count > Self.kept { state.points.removeFirst() }
        }
    }

    /// What a point is made from, at its beginning and at its end.
    struct Look {
        var time: Timestamp
        var allowed: UInt64
        var denied: UInt64
        var durations: DurationCounts
    }

    private func look() -> Look {
        let limiter = statistics.engine.limiter
        var look = Look(
            time: limiter.now(), allowed: 0, denied: 0, durations: limiter.store.watch.durations.counted)
        for count in limiter.counts {
            look.allowed &+= count[.allowed]
            look.denied &+= count[.denied] &+ count[.impossible]
        }
        return look
    }
}

extension SummaryFeed.Point {
    init(from: SummaryFeed.Look, to: SummaryFeed.Look) {
        let seconds = max(0.001, (to.time - from.time) / .seconds(1))
        let durations = to.durations.since(from.durations)
        self.init(
            time: to.time, allowed: Double(to.allowed &- from.allowed) / seconds,
            denied: Double(to.denied &- from.denied) / seconds, p50: durations.percentile(0.5),
            p99: durations.percentile(0.99))
    }
}
