import Logging
import Synchronization

/// Tells of refused secrets, at most once a second, and never what they were.
final class RefusalLog: Sendable {
    private struct State {
        var untold = 0
        var place = ""
        var silentUntil: ContinuousClock.Instant?
    }

    private static let interval: Duration = .seconds(1)

    private let state = Mutex(State())
    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    /// Somebody gave a wrong secret.
    func note(from place: String, at now: ContinuousClock.Instant = .now) {
        tell(at: now) { state in
            state.untold += 1
            state.place = place
        }
    }

    /// Tells what is untold.
    func tell(at now: ContinuousClock.Instant = .now) { tell(at: now) { _ in } }

    private func tell(at now: ContinuousClock.Instant, _ change: (inout State) -> Void) {
        let told: (count: Int, place: String)? = state.withLock { state in
            change(&state)
            guard state.untold > 0, state.silentUntil.map({ now >= $0 }) != false else { return nil }
            defer { state.untold = 0 }
            state.silentUntil = now + Self.interval
            return (state.untold, state.place)
        }
        guard let told else { return }
        logger.warning(
            "Refused a wrong secret", metadata: ["count": "\(told.count)", "last-from": "\(told.place)"])
    }
}
