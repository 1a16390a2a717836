import Synchronization

/// Requests of one task whose replies it awaits together. Whatever comes first, the last reply or the task's end,
/// resumes it; what comes later is dropped.
final class RedisClientCall: Sendable {
    typealias Reply = Result<RESPValue, RedisError>

    private struct State {
        var replies: [Reply?]
        var missing: Int
        var isCancelled = false
        var continuation: CheckedContinuation<[Reply], Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(replies: Array(repeating: nil, count: count), missing: count))
    }

    /// Whether nobody awaits anything any more.
    var isOver: Bool { state.withLock { $0.isCancelled || $0.missing == 0 } }

    /// - Returns: Whether there is something to wait for. The task may have been cancelled before.
    func await(_ continuation: CheckedContinuation<[Reply], Never>) -> Bool {
        let over = state.withLock { state -> [Reply]? in
            if state.isCancelled { return Self.replies(state, mayHaveRun: false) }
            state.continuation = continuation
            return nil
        }
        if let over { continuation.resume(returning: over) }
        return over == nil
    }

    func answer(_ index: Int, _ reply: Reply) {
        resume { state in
            guard state.replies[index] == nil else { return false }
            state.replies[index] = reply
            state.missing -= 1
            return state.missing == 0
        }
    }

    func cancel() {
        resume { state in
            state.isCancelled = true
            return true
        }
    }

    /// Resumes the task outside the lock if a change made that due.
    private func resume(after change: (inout sending State) -> Bool) {
        let due = state.withLock { state -> (CheckedContinuation<[Reply], Never>, [Reply])? in
            guard change(&state), let continuation = state.continuation else { return nil }
            state.continuation = nil
            return (continuation, Self.replies(state, mayHaveRun: true))
        }
        due?.0.resume(returning: due?.1 ?? [])
    }

    /// - Parameter mayHaveRun: Whether it may have been sent by now, which only the event loop knows.
    private static func replies(_ state: State, mayHaveRun: Bool) -> [Reply] {
        let error = RedisError(.cancelled, "the task was cancelled", mayHaveRun: mayHaveRun, cause: CancellationError())
        return state.replies.map { $0 ?? .failure(error) }
    }
}
