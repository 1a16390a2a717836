internal import Synchronization

extension CircuitBreaker {
    /// Tells the store what happened here, and learns now what happened elsewhere.
    ///
    /// Nobody has to call it: calls do as much in time. It returns at once for a breaker that is not shared, and
    /// without having learned anything if the store fails.
    public func synchronize() async { await exchange(.learn) }

    /// Tells the store what happened here, if it does not know.
    func tellNews() async { await exchange(.tell) }

    /// Asks the store, if it is time to, before somebody is answered. Others do not wait for the same answer.
    func agree(for asker: StateMachine.Asker) async {
        guard let sharing else { return }
        // What happened here is told first, and what happened elsewhere may make this the first of some probes.
        for _ in 0..<3 {
            guard case .ask(let request) = nextStep(.answer(asker)), await ask(sharing.store, request) else { break }
            if case .probe = request.operation { break }
        }
        // Whoever had news meanwhile found the store being asked.
        if inside.withLock({ $0.standing.hasNews && !$0.standing.isStoreLost }) { Task { await tellNews() } }
    }

    private enum Step {
        case ask(BreakerRequest)
        /// The store is being asked; it can be asked again after the first element.
        case wait(AsyncStream<Void>)
        case done
    }

    private func exchange(_ first: Standing.Purpose) async {
        guard let sharing else { return }
        var purpose = first
        while !Task.isCancelled {
            switch nextStep(purpose) {
            case .ask(let request):
                guard await ask(sharing.store, request) else { return }
                purpose = .tell
            case .wait(let answers): for await _ in answers { break }
            case .done: return
            }
        }
    }

    private func nextStep(_ purpose: Standing.Purpose) -> Step {
        inside.withLock { inside in
            if let request = inside.standing.nextRequest(for: purpose, at: time.now()) { return .ask(request) }
            guard inside.standing.isAsking else { return .done }
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let id = inside.waiters.add(continuation)
            continuation.onTermination = { [weak self] _ in self?.inside.withLock { $0.waiters.remove(id) } }
            return .wait(stream)
        }
    }

    /// Whether the store has answered.
    private func ask(_ store: any BreakerStore, _ request: BreakerRequest) async -> Bool {
        let answer: Result<BreakerAgreement, any Error>
        do { answer = .success(try await store.agree(on: name, request)) } catch { answer = .failure(error) }
        let isCancelled = Task.isCancelled
        return inside.withLock { inside in
            let now = time.now()
            inside.waiters.tell(())
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
