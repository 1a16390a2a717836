internal import Synchronization

/// Coming, waiting, and asking the limiter, which one task does at a time.
extension Pacer {
    /// Words to be given once the lock is open.
    private typealias Words = [(CheckedContinuation<Void, any Error>, Result<Void, any Error>)]

    /// Returns once the send may begin.
    func enter(_ order: Order) async throws -> UInt64 {
        let (send, step) = try state.withLock { state throws(PacingError) in
            guard !state.isShutDown else { throw .shutDown }
            let send = try state.queue.enter(
                to: order.destination, inOrder: order.inOrder, order.priority, cost: order.cost,
                deadline: order.deadline, at: now)
            return (send, advance(&state))
        }
        try await proceed(send, step)
        return send
    }

    /// Returns once a send that was made may be made again.
    func enterAgain(_ send: UInt64) async throws {
        let step = state.withLock { state in
            state.queue.again(send, at: now)
            return advance(&state)
        }
        try await proceed(send, step)
    }

    /// Asks about the send at once if it is its turn, and has others ask about others.
    private func proceed(_ send: UInt64, _ step: PacingQueue.Step?) async throws {
        if case .ask(send, let descriptor, let cost)? = step {
            let next = await ask(send, descriptor, cost: cost)
            if let next { askOn(next) }
        } else if let step {
            askOn(step)
        }
        do {
            try await word(of: send)
        } catch {
            wakeDrainers()
            throw error
        }
    }

    private func askOn(_ step: PacingQueue.Step) {
        Task {
            var next: PacingQueue.Step? = step
            while case .ask(let send, let descriptor, let cost)? = next {
                next = await ask(send, descriptor, cost: cost)
            }
        }
    }

    /// Asks the limiter about a send.
    /// - Returns: What is to be asked next, which whoever gets it has to do.
    private func ask(_ send: UInt64, _ descriptor: Descriptor, cost: Int64) async -> PacingQueue.Step? {
        let answer: Result<Decision, SluiceError>
        do throws(SluiceError) {
            answer = .success(try await currentHandle().decide(descriptor, cost: cost))
        } catch {
            answer = .failure(error)
        }
        let (isVain, words, next) = state.withLock { state in
            var words: Words = []
            let isVain = take(answer, of: send, &state, &words)
            state.isAsking = false
            let next = advance(&state, &words)
            return (isVain, words, next)
        }
        for (waiter, word) in words { waiter.resume(with: word) }
        // Nobody wants it any more: what it was charged is given back.
        if isVain { _ = try? await state.withLock { $0.handle }.refund(descriptor, cost: cost) }
        return next
    }

    /// Tells the queue what the limiter said.
    /// - Returns: Whether a send was let pass that nobody wants any more.
    private func take(
        _ answer: Result<Decision, SluiceError>, of send: UInt64, _ state: inout State, _ words: inout Words
    ) -> Bool {
        switch answer {
        case .success(.allowed):
            guard state.queue.admitted(send, at: now) else { return true }
            give(.success(()), to: send, &state, &words)
        case .success(.denied(let denial)): state.queue.denied(send, denial, at: now)
        case .failure(let error):
            if state.queue.failedToAsk(send, at: now) { give(.failure(error), to: send, &state, &words) }
        }
        return false
    }

    private func currentHandle() throws(SluiceError) -> Limits.Handle {
        let handle = state.withLock { $0.handle }
        if handle.isCurrent { return handle }
        let fresh = try limiter.policy(policyName)
        state.withLock { state in
            state.handle = fresh
            state.queue.rules = fresh.policy.gateRules
        }
        return fresh
    }

    // MARK: - What happens next

    /// Finds out what is to be done, unless somebody is asking, who does that afterwards.
    /// - Returns: What the caller has to ask, if anything.
    private func advance(_ state: inout State, _ words: inout Words) -> PacingQueue.Step? {
        defer {
            for (send, error) in state.queue.takeFailures() { give(.failure(error), to: send, &state, &words) }
        }
        guard !state.isAsking else { return nil }
        switch state.queue.next(at: now) {
        case .ask(let send, let descriptor, let cost):
            state.isAsking = true
            return .ask(send, descriptor, cost: cost)
        case .wait(let moment): setAlarm(&state, at: moment)
        case .nothing:
            state.alarm?.task.cancel()
            state.alarm = nil
        }
        return nil
    }

    /// As the other, giving words while the lock is held: whoever gets one runs later.
    func advance(_ state: inout State) -> PacingQueue.Step? {
        var words: Words = []
        let step = advance(&state, &words)
        for (waiter, word) in words { waiter.resume(with: word) }
        return step
    }

    private func setAlarm(_ state: inout State, at moment: Int64) {
        if let alarm = state.alarm, alarm.moment <= moment { return }
        state.alarm?.task.cancel()
        let time = limiter.time
        let task = Task { [weak self] in
            // Cancelled when an earlier alarm takes its place.
            guard (try? await time.sleep(until: Timestamp(nanoseconds: moment))) != nil else { return }
            self?.ring(moment)
        }
        state.alarm = (moment, task)
    }

    private func ring(_ moment: Int64) {
        let step = state.withLock { state -> PacingQueue.Step? in
            if state.alarm?.moment == moment { state.alarm = nil }
            return advance(&state)
        }
        if let step { askOn(step) }
    }

    // MARK: - Words

    private func give(
        _ word: Result<Void, any Error>, to send: UInt64, _ state: inout State, _ words: inout Words
    ) {
        if let waiter = state.waiters.removeValue(forKey: send) {
            words.append((waiter, word))
        } else {
            state.words[send] = word
        }
    }

    /// Returns or throws once the send may begin or was given up.
    private func word(of send: UInt64) async throws {
        let early = state.withLock { $0.words.removeValue(forKey: send) }
        if let early { return try early.get() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
                let word = state.withLock { state -> Result<Void, any Error>? in
                    if let word = state.words.removeValue(forKey: send) { return word }
                    state.waiters[send] = waiter
                    return nil
                }
                if let word { waiter.resume(with: word) }
            }
        } onCancel: {
            cancel(send)
        }
    }

    private func cancel(_ send: UInt64) {
        let (waiter, step) = state.withLock { state -> (CheckedContinuation<Void, any Error>?, PacingQueue.Step?) in
            guard state.queue.cancel(send, at: now) else { return (nil, nil) }
            let waiter = state.waiters.removeValue(forKey: send)
            if waiter == nil { state.words[send] = .failure(CancellationError()) }
            return (waiter, advance(&state))
        }
        waiter?.resume(throwing: CancellationError())
        if let step { askOn(step) }
        wakeDrainers()
    }

    /// The send has been made, or has failed for good.
    func finish(_ send: UInt64) {
        let step = state.withLock { state in
            state.queue.finished(send, at: now)
            return advance(&state)
        }
        if let step { askOn(step) }
        wakeDrainers()
    }

    /// Something was given back to the send's rules.
    func relax(_ send: UInt64) { state.withLock { $0.queue.relax(send, at: now) } }
}
