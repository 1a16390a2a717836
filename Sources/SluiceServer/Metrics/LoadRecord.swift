import Sluice
import Synchronization

/// What became of loading the policies, at the start and since.
final class LoadRecord: Sendable {
    struct State: Sendable {
        /// When it was tried last, and when it succeeded last.
        var triedAt: Timestamp?
        var succeededAt: Timestamp?
        /// What the last success took.
        var duration: Duration = .zero
        /// What was wrong the last time; `nil` if it succeeded.
        var fault: String?
        var reloads: UInt64 = 0
        var failures: UInt64 = 0
    }

    private let current = Mutex(State())

    var state: State { current.withLock { $0 } }

    /// The policies are in force.
    func succeeded(in duration: Duration, at now: Timestamp, isReload: Bool) {
        current.withLock { state in
            (state.triedAt, state.succeededAt, state.duration, state.fault) = (now, now, duration, nil)
            if isReload { state.reloads += 1 }
        }
    }

    /// The policies stay as they were.
    func failed(_ fault: String, at now: Timestamp) {
        current.withLock { state in
            (state.triedAt, state.fault) = (now, fault)
            state.failures += 1
        }
    }
}

/// What became of writing the snapshot.
final class SnapshotRecord: Sendable {
    private let state = Mutex((succeededAt: Timestamp?.none, failures: UInt64(0)))

    var current: (succeededAt: Timestamp?, failures: UInt64) { state.withLock { $0 } }

    func succeeded(at now: Timestamp) { state.withLock { $0.succeededAt = now } }
    func failed() { state.withLock { $0.failures += 1 } }
}
