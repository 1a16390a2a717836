import Synchronization

/// Somewhere to wait until a test says go on. Opened once, it stays open.
final class Barrier: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns once the gate is open.
    func wait() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                defer { state.watchers = [] }
                return (state.isOpen, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns once somebody waits, or has.
    func untilWaiting() async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                guard state.waiting.isEmpty, !state.isOpen else { return true }
                state.watchers.append(continuation)
                return false
            }
            if isDue { continuation.resume() }
        }
    }

    /// Lets all through.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
