internal import Synchronization

extension Pacer {
    /// Takes no more sends, and returns once all that were accepted have been made or have failed.
    ///
    /// If the task is cancelled, sends that still wait are given up and throw ``PacingError/Code/shutDown``; those
    /// whose closures run are not waited for.
    public func shutDown() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { drainer in
                let isDone = state.withLock { state in
                    state.isShutDown = true
                    if state.queue.isEmpty || Task.isCancelled { return true }
                    state.drainers.append(drainer)
                    return false
                }
                if isDone { drainer.resume() }
            }
        } onCancel: {
            giveUp()
        }
    }

    private func giveUp() {
        let drainers = state.withLock { state in
            state.isShutDown = true
            state.queue.failAll(.shutDown, at: now)
            // Whoever is being asked about is told by whoever asks.
            _ = advance(&state)
            defer { state.drainers = [] }
            return state.drainers
        }
        for drainer in drainers { drainer.resume() }
    }

    func wakeDrainers() {
        let drainers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard !state.drainers.isEmpty, state.queue.isEmpty else { return [] }
            defer { state.drainers = [] }
            return state.drainers
        }
        for drainer in drainers { drainer.resume() }
    }
}

extension PacingError {
    static var shutDown: PacingError { PacingError(.shutDown, "it has been shut down and takes no more sends") }
}
