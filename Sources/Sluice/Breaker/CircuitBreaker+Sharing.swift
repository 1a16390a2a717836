internal import Synchronization

extension CircuitBreaker {
    /// Tells the store what happened here, and learns now what happened elsewhere.
    ///
    /// Nobody has to call it: calls do as much in time. It returns at once for a breaker that is not shared, and without
    /// having learned anything if the store fails.
    public func synchronize() async {
        guard let sharing else { return }
        // The first round may tell; the second looks if something else was being asked meanwhile.
        var isLookForced = true
        while let request = nextRequest(for: nil, isLookForced: isLookForced) {
            guard await ask(sharing.store, request) else { return }
            isLookForced = false
        }
    }

    /// Asks the store, if it is time to, before somebody is answered.
    func agree(for asker: StateMachine.Asker) async {
        guard let sharing, let request = nextRequest(for: asker, isLookForced: false) else { return }
        guard await ask(sharing.store, request), inside.withLock({ $0.standing.hasNews }) else { return }
        // Whoever had news meanwhile found the store being asked.
        Task { await synchronize() }
    }

    private func nextRequest(for asker: StateMachine.Asker?, isLookForced: Bool) -> BreakerRequest? {
        inside.withLock { $0.standing.nextRequest(for: asker, at: time.now(), isLookForced: isLookForced) }
    }

    /// Whether the store has answered.
    private func ask(_ store: any BreakerStore, _ request: BreakerRequest) async -> Bool {
        let answer: Result<BreakerAgreement, any Error>
        do { answer = .success(try await store.agree(on: name, request)) } catch { answer = .failure(error) }
        let isCancelled = Task.isCancelled
        return inside.withLock { inside in
            let now = time.now()
            switch answer {
            case .success(let agreement):
                if inside.standing.isStoreLost { inside.listeners.tell(Event(name, now, .sharingRestored)) }
                let before = State(inside.standing.machine.state)
                inside.standing.agreed(agreement, at: now)
                let after = State(inside.standing.machine.state)
                if before != after { inside.listeners.tell(Event(name, now, .changed(from: before, to: after))) }
                return true
            case .failure(let error):
                if inside.standing.unanswered(isStoreFault: !isCancelled, at: now) {
                    inside.listeners.tell(Event(name, now, .sharingLost("\(error)")))
                }
                return false
            }
        }
    }
}
