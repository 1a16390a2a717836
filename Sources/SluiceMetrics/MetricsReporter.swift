public import CoreMetrics
public import ServiceLifecycle
public import Sluice
import Synchronization

/// Reports what Sluice counts to the metrics backend of the program that embeds it.
///
/// ```swift
/// let reporter = MetricsReporter()
/// reporter.add(limiter)
/// let services = ServiceGroup(services: [reporter, application], logger: logger)
/// try await services.run()
/// ```
/// Names, labels and units are those of a server's `/metrics`, so that its alerts and its dashboard serve a program of
/// your own as well: counters end in `_total`, a histogram is told as the counters that Prometheus reads as one. What
/// several limiters or caches tell under the same name and labels adds up.
///
/// It reads what is counted anyway, and no decision waits for it. One reporter is enough for a backend: two that report
/// the same limiter count it twice. It keeps what it reports, and takes its series from the backend when it goes.
public final class MetricsReporter: Service {
    /// How many series it has at most: twice what 4,096 rules take. What is new beyond it is not reported.
    public static let mostSeries = 1 << 17

    /// How often it reports while it runs.
    public let interval: Duration
    private let time: TimeSource
    private let sources = Mutex<[any MetricsSource]>([])
    private let book: Mutex<SeriesBook>

    /// A reporter of nothing yet.
    /// - Parameters:
    ///   - interval: How often it reports while it runs. What goes up and down is as old as that when it is read.
    ///   - factory: The backend; by default the one that `MetricsSystem` was bootstrapped with before.
    ///   - time: The time line.
    /// - Precondition: The interval is above zero.
    public init(
        every interval: Duration = .seconds(10), factory: any MetricsFactory = MetricsSystem.factory,
        time: TimeSource = .system
    ) {
        precondition(interval > .zero, "reports need a while between them")
        self.interval = interval
        self.time = time
        book = Mutex(SeriesBook(factory, most: Self.mostSeries))
    }

    deinit { book.withLock { $0.destroy() } }

    /// Reports at once, at each interval, and a last time when the program shuts down or the task is cancelled.
    /// - Throws: Nothing; a service may.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            repeat { await report() } while (try? await time.sleep(until: time.now() + interval)) != nil
        }
        await report()
    }

    /// Reports once, for those with a timer of their own.
    ///
    /// Counters grow by what has come since the last report, and by all that was counted before at the first.
    /// - Complexity: O(rules ever seen and leases held); of a limiter on Redis also a turn of each of its event loops,
    ///   but no call to Redis.
    @concurrent
    public func report() async {
        var readings = Readings()
        for source in sources.withLock({ $0 }) { await source.read(into: &readings) }
        book.withLock { $0.tell(readings) }
    }

    /// Reports somebody from now on.
    func keep(_ source: some MetricsSource) { sources.withLock { $0.append(source) } }
}
