import Synchronization

/// Whether the server takes requests: from when everything listens until it begins to stop.
final class Readiness: Sendable {
    private let state = Atomic<Bool>(true)

    var isReady: Bool { state.load(ordering: .relaxed) }

    func stop() { state.store(false, ordering: .relaxed) }
}
