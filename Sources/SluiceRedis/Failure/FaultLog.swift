import Logging
import NIOCore
import RESP
import Synchronization

/// Tells of the store's faults in the log, once in a while: thousands of decisions fail by the same one.
final class FaultLog: Sendable {
    private struct State {
        var lastAt: NIODeadline?
        var count = 0
    }

    /// The least time between two lines.
    private static let interval = TimeAmount.seconds(5)

    private let logger: Logger
    private let state = Mutex(State())

    init(_ logger: Logger) { self.logger = logger }

    /// A decision could not be made on Redis.
    func note(_ error: RedisError) {
        let now = NIODeadline.now()
        let count: Int? = state.withLock { state in
            state.count += 1
            if let lastAt = state.lastAt, now - lastAt < Self.interval { return nil }
            state.lastAt = now
            defer { state.count = 0 }
            return state.count
        }
        guard let count else { return }
        logger.warning(
            "Redis did not decide; the failure choices do: \(error) (\(count) times since the last such line)")
    }
}
