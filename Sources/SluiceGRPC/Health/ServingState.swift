import Synchronization

/// Whether the server serves, for those who ask and for those who wait for the end.
package final class ServingState: Sendable {
    private struct State {
        var isServing = true
        var nextNumber = 0
        var waiting: [Int: AsyncStream<Bool>.Continuation] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    var isServing: Bool { state.withLock { $0.isServing } }

    /// The server stops: it answers what is in flight and takes nothing new.
    package func stop() {
        let waiting = state.withLock { state in
            state.isServing = false
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting {
            continuation.yield(false)
            continuation.finish()
        }
    }

    /// Whether it serves, now and whenever that changes; ends when it stops.
    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        let number: Int? = state.withLock { state in
            continuation.yield(state.isServing)
            guard state.isServing else { return nil }
            state.nextNumber += 1
            state.waiting[state.nextNumber] = continuation
            return state.nextNumber
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.waiting.removeValue(forKey: number) }
        }
        return stream
    }
}
