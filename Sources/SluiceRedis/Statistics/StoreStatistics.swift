import RESP
public import Sluice
import Synchronization

/// What an instance knows of its dealings with Redis since it started.
package final class StoreStatistics: Sendable {
    /// Why Redis did not decide.
    package enum FaultKind: String, CaseIterable, Sendable {
        /// No connection, or it was lost.
        case unreachable
        /// No answer in time.
        case timeout
        /// Too many decisions waited already.
        case overloaded
        /// Nothing is asked of a node that failed a moment ago.
        case breakerOpen = "breaker_open"
        /// Redis refused: out of memory, read-only, loading.
        case refused
        /// Anything else.
        case other

        init(_ fault: StoreFault) {
            self =
                switch fault.error.code {
                case .timedOut: .timeout
                case .queueFull: .overloaded
                case .rejected: .refused
                case .unavailable where fault.retryAfterNanoseconds > 0: .breakerOpen
                case .notConnected, .connectionLost, .unavailable, .handshakeFailed, .closed: .unreachable
                default: .other
                }
        }
    }

    /// How long Redis took to answer calls, each of them for one or many decisions.
    package let calls = DurationHistogram()
    private let faults: [FaultKind: FaultCount]
    private let denialHits = Atomic<UInt64>(0)
    private let denialMisses = Atomic<UInt64>(0)
    private let lotHits = Atomic<UInt64>(0)

    private final class FaultCount: Sendable {
        let count = Atomic<UInt64>(0)
    }

    init() { faults = Dictionary(uniqueKeysWithValues: FaultKind.allCases.map { ($0, FaultCount()) }) }

    func note(_ fault: StoreFault) { faults[FaultKind(fault)]?.count.add(1, ordering: .relaxed) }

    /// A decision that was paid from what was borrowed.
    @inline(__always)
    func note(borrowed: Decision?) -> Decision? {
        if borrowed != nil { lotHits.add(1, ordering: .relaxed) }
        return borrowed
    }

    /// A denial that was remembered.
    @inline(__always)
    func note(denied: Decision?) -> Decision? {
        if denied != nil {
            denialHits.add(1, ordering: .relaxed)
        } else {
            denialMisses.add(1, ordering: .relaxed)
        }
        return denied
    }

    /// How many decisions failed for which reason.
    package func count(of kind: FaultKind) -> UInt64 { faults[kind]?.count.load(ordering: .relaxed) ?? 0 }

    /// Decisions that needed no Redis, because it had just denied the same.
    package var rememberedDenials: UInt64 { denialHits.load(ordering: .relaxed) }
    /// Decisions that were not remembered.
    package var askedDecisions: UInt64 { denialMisses.load(ordering: .relaxed) }
    /// Decisions that were paid from what was borrowed ahead.
    package var borrowedDecisions: UInt64 { lotHits.load(ordering: .relaxed) }
}

extension SharedLimiter {
    /// How long decisions took, all of them.
    public var decisionDurations: DurationHistogram { planner.store.watch.durations }

    /// What has become of requests to this instance since it was started, by rule; see `Limiter.counts`.
    public var counts: [RuleCount] { planner.counts }

    /// The slots of concurrency rules that are held by leases which this instance has given.
    public var heldSlots: [HeldSlots] { planner.heldSlots }

    var durations: DurationHistogram { planner.store.watch.durations }

    /// Redis did not decide.
    func note(_ fault: StoreFault) {
        faults.failed(fault.error)
        statistics.note(fault)
    }
}
