import Logging
import NIOCore
import RESP
import Synchronization

/// Tells in the log that Redis does not decide, less and less often while it lasts, and once that it decides again:
/// thousands of decisions fail by the same fault.
final class FaultLog: Sendable {
    private struct State {
        var faults = 0
        var lastFaultAt = NIODeadline.uptimeNanoseconds(0)
        var nextLineAt = NIODeadline.uptimeNanoseconds(0)
        var interval = FaultLog.shortestInterval
    }

    /// The time between two lines doubles up to this.
    private static let shortestInterval = TimeAmount.seconds(5)
    private static let longestInterval = TimeAmount.minutes(5)
    /// Redis decides again when it has done so for as long without a fault.
    private static let calm = TimeAmount.seconds(1)

    private let logger: Logger
    private let state = Mutex(State())
    /// Looked at for each decision, and mostly false.
    private let isFailing = Atomic<Bool>(false)

    init(_ logger: Logger) { self.logger = logger }

    /// A decision could not be made on Redis.
    func failed(_ error: RedisError, at now: NIODeadline = .now()) {
        let count: Int? = state.withLock { state in
            state.faults += 1
            state.lastFaultAt = now
            guard now >= state.nextLineAt else { return nil }
            state.nextLineAt = now + state.interval
            state.interval = min(state.interval * 2, Self.longestInterval)
            return state.faults
        }
        isFailing.store(true, ordering: .relaxed)
        guard let count else { return }
        logger.warning(
            "Redis does not decide; the failure choices do",
            metadata: ["error": "\(error)", "decisions": "\(count)"])
    }

    /// Redis has decided.
    @inline(__always)
    func decided() {
        if isFailing.load(ordering: .relaxed) { recovered(at: .now()) }
    }

    func recovered(at now: NIODeadline) {
        let count: Int? = state.withLock { state in
            guard state.faults > 0, now - state.lastFaultAt >= Self.calm else { return nil }
            defer { state = State() }
            isFailing.store(false, ordering: .relaxed)
            return state.faults
        }
        guard let count else { return }
        logger.notice("Redis decides again", metadata: ["decisions": "\(count)"])
    }
}
