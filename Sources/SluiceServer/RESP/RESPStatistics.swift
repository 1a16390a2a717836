import Sluice
import Synchronization

/// What the RESP transport has done since it started.
public struct RESPStatistics: Hashable, Sendable {
    /// Connections open now.
    public var connections = 0
    /// Connections accepted.
    public var accepted = 0
    /// Connections refused because there were too many.
    public var refused = 0
    /// Requests answered.
    public var requests = 0
    /// Requests answered with an error that the client made.
    public var errors = 0
    /// Requests that could not be answered because the store failed.
    public var faults = 0
    /// The most connections at once.
    public var maximumConnections = 0
}

/// What all event loops of a transport share.
final class RESPShared: Sendable {
    let startedAt: ContinuousClock.Instant
    let connections = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    /// The number of the connection accepted last; numbers are never used twice.
    let lastID = Atomic<Int>(0)
    let exemplars = Exemplars()
    private let counters: [RESPCounters]
    /// The port that was taken; 0 for a Unix domain socket.
    let port = Atomic<Int>(0)

    private let maximumConnections: Int

    init(counters: [RESPCounters], maximumConnections: Int = 0) {
        self.maximumConnections = maximumConnections
        startedAt = ContinuousClock.now
        self.counters = counters
    }

    var durations: DurationCounts { counters.reduce(DurationCounts()) { $0 + $1.durations.counted } }

    var statistics: RESPStatistics {
        var sum = RESPStatistics(
            connections: connections.load(ordering: .relaxed), accepted: lastID.load(ordering: .relaxed),
            refused: refused.load(ordering: .relaxed))
        sum.maximumConnections = maximumConnections
        for counter in counters {
            sum.requests += counter.requests.load(ordering: .relaxed)
            sum.errors += counter.errors.load(ordering: .relaxed)
            sum.faults += counter.faults.load(ordering: .relaxed)
        }
        return sum
    }
}

/// One event loop's counts: written by it alone, so without a locked instruction, and read by anyone.
final class RESPCounters: Sendable {
    let requests = Atomic<Int>(0)
    let errors = Atomic<Int>(0)
    let faults = Atomic<Int>(0)
    /// From when requests were read until they were answered, or Redis was asked.
    let durations = DurationHistogram()

    func add(requests newRequests: Int, errors newErrors: Int) {
        requests.store(requests.load(ordering: .relaxed) &+ newRequests, ordering: .relaxed)
        if newErrors > 0 { errors.store(errors.load(ordering: .relaxed) &+ newErrors, ordering: .relaxed) }
    }
}
