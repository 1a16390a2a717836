import Synchronization

/// A slow source: values that a test changes, and loads that wait until the test lets them go on.
final class Source: Sendable {
    struct Failure: Error, Equatable {}

    private struct State {
        var values: [String: String] = [:]
        var failing = false
        var isHeld = false
        var loads = 0
        var cancelled = 0
        var held: [(id: Int, CheckedContinuation<Void, Never>)] = []
        var cancelledIDs: Set<Int> = []
        var watchers: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// How often it was asked, and how many who asked were cancelled while they waited.
    var loads: Int { state.withLock { $0.loads } }
    var cancelled: Int { state.withLock { $0.cancelled } }

    subscript(name: String) -> String? {
        get { state.withLock { $0.values[name] } }
        set { state.withLock { $0.values[name] = newValue } }
    }

    func fail(_ isFailing: Bool = true) { state.withLock { $0.failing = isFailing } }

    /// Has loads wait from now on, once they have read.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Lets all go on.
    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for (_, load) in held { load.resume() }
    }

    /// Returns once so many loads have begun since the beginning.
    func untilLoads(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.loads >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    func load(_ name: String) async throws -> String? {
        let (id, value, isFailing, isHeld, watchers) = state.withLock { state in
            state.loads += 1
            let reached = state.watchers.filter { $0.count <= state.loads }
            state.watchers.removeAll { $0.count <= state.loads }
            return (state.loads, state.values[name], state.failing, state.isHeld, reached)
        }
        for (_, watcher) in watchers { watcher.resume() }
        if isHeld { await wait(id) }
        try Task.checkCancellation()
        if isFailing { throw Failure() }
        return value
    }

    private func wait(_ id: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if !state.isHeld || state.cancelledIDs.contains(id) { return true }
                    state.held.append((id, continuation))
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let load = state.withLock { state in
                state.cancelled += 1
                state.cancelledIDs.insert(id)
                let load = state.held.first { $0.id == id }
                state.held.removeAll { $0.id == id }
                return load?.1
            }
            load?.resume()
        }
    }
}
