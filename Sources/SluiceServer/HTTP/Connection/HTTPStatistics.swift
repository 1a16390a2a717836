import NIOCore
import Sluice
import Synchronization

/// What the HTTP transport has done since it started.
final class HTTPStatistics: Sendable {
    let exemplars = Exemplars()
    private let byLoop: [ObjectIdentifier: HTTPCounters]
    private let rest = HTTPCounters()
    private let admission: HTTPAdmission

    init(_ group: any EventLoopGroup, _ admission: HTTPAdmission) {
        byLoop = Dictionary(
            group.makeIterator().map { (ObjectIdentifier($0), HTTPCounters()) }, uniquingKeysWith: { first, _ in first }
        )
        self.admission = admission
    }

    /// The counts of an event loop.
    func counters(on eventLoop: any EventLoop) -> HTTPCounters { byLoop[ObjectIdentifier(eventLoop)] ?? rest }

    private var all: [HTTPCounters] { Array(byLoop.values) + [rest] }

    /// How often which status was answered, without those that never were.
    var answers: [(status: Int, count: UInt64)] {
        HTTPCounters.statuses.compactMap { status in
            let count = all.reduce(0) { $0 + $1.count(of: status) }
            return count > 0 ? (status, count) : nil
        }
    }

    /// From the head of a request until its answer, or the head of a streamed answer, was written.
    var durations: DurationCounts { all.reduce(DurationCounts()) { $0 + $1.durations.counted } }

    var maximumConnections: Int { admission.maximumConnections }
    var openConnections: Int { admission.openConnections }
    var refusedConnections: UInt64 { admission.refusedConnections }
}

/// One event loop's counts: written by it alone, so without a locked instruction, and read by anyone.
///
/// Sendable: the counts are atomic and live as long as their owner.
final class HTTPCounters: @unchecked Sendable {
    /// The statuses that HTTP knows.
    static let statuses = 100..<600

    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    let durations = DurationHistogram()

    init() {
        counts = .allocate(capacity: Self.statuses.count)
        for place in Self.statuses.indices { (counts + place - 100).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: Self.statuses.count)
        counts.deallocate()
    }

    func count(of status: Int) -> UInt64 { counts[status - 100].load(ordering: .relaxed) }

    /// An answer was written.
    func note(_ status: Int, nanoseconds: Int64) {
        guard Self.statuses.contains(status) else { return }
        counts[status - 100].store(count(of: status) &+ 1, ordering: .relaxed)
        durations.record(nanoseconds: nanoseconds)
    }
}
