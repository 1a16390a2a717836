import NIOCore
package import Sluice

/// What a caller is told.
package struct SharedAnswer: Sendable {
    package var decision: Decision
    /// What each rule says by itself, for those who asked.
    package var rules: [RuleOutcome] = []
    /// The lease that was taken.
    package var lease: Lease?
}

extension SharedLimiter {
    /// Has a plan decided.
    /// - Parameters:
    ///   - eventLoop: The caller's, if he is on one: the answer comes there if the store has a lane on it.
    ///   - completion: Called once, on a lane's event loop, unless the answer is returned.
    /// - Returns: The answer if it is known without asking Redis.
    func ask(
        _ plan: ChargePlan, _ operation: StoreOperation, on eventLoop: (any EventLoop)? = nil,
        completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) -> SharedAnswer? {
        if let known = known(plan, operation) { return known }
        send(plan, operation, on: eventLoop, completion: completion)
        return nil
    }

    /// As the other, for those who can wait.
    func ask(_ plan: ChargePlan, _ operation: StoreOperation) async throws(SluiceError) -> SharedAnswer {
        // Looked at before a continuation is made, which takes as long as what is known.
        if let known = known(plan, operation) { return known }
        return try await withUnsafeContinuation { continuation in
            send(plan, operation, on: nil) { continuation.resume(returning: $0) }
        }.get()
    }

    /// The answer that needs no Redis.
    @inline(__always)
    private func known(_ plan: ChargePlan, _ operation: StoreOperation) -> SharedAnswer? {
        if let settled = plan.settled {
            if operation.charges { plan.count(settled, at: now()) }
            return SharedAnswer(decision: settled)
        }
        guard case .decide(isObserved: false) = operation else { return nil }
        let now = now()
        guard
            let known = statistics.note(borrowed: spend(plan)) ?? statistics.note(denied: memory.denial(plan, at: now))
        else { return nil }
        plan.count(known, at: now)
        return SharedAnswer(decision: known)
    }

    private func send(
        _ plan: ChargePlan, _ operation: StoreOperation, on eventLoop: (any EventLoop)?,
        completion: @escaping @Sendable (Result<SharedAnswer, SluiceError>) -> Void
    ) {
        let ticket = memory.ticket(at: now())
        let lane = lanes.lane(for: plan.charges[0].key, on: eventLoop)
        let start = lane.now
        let request = StoreRequest(plan.charges, operation, deadline: start + store.timeAmount, keeping: plan.owner) {
            [self, lane] answer in
            if operation.charges { durations.record(nanoseconds: (lane.now - start).nanoseconds) }
            completion(Result { () throws(SluiceError) in try conclude(plan, operation, answer, ticket) })
        }
        lane.submit(request)
    }

    /// The decision that follows from what the store said, or did not say.
    private func conclude(
        _ plan: ChargePlan, _ operation: StoreOperation, _ answer: StoreAnswer, _ ticket: DecisionMemory.Ticket
    ) throws(SluiceError) -> SharedAnswer {
        switch answer {
        case .judged(let verdicts, _):
            faults.decided()
            let decision = plan.decision(verdicts)
            var answer = SharedAnswer(decision: decision)
            defer { if operation.charges { plan.count(decision, lease: answer.lease, at: now()) } }
            switch operation {
            case .decide(let isObserved):
                memory.note(decision, of: plan, ticket, at: now())
                if isObserved { answer.rules = plan.outcomes(verdicts) }
            case .peek: answer.rules = plan.outcomes(verdicts)
            case .acquire(let lease):
                memory.note(decision, of: plan, ticket, at: now())
                if decision.isAllowed { answer.lease = plan.lease(id: lease, verdicts) }
            case _ where operation.isTold: memory.changed(plan)
            default: break
            }
            return answer
        case .failed(let fault):
            note(fault)
            if operation.isTold {
                throw SluiceError(.storeFailed, "Redis did not take it: \(fault.error); ask again")
            }
            let (decision, lease) = fallback.decide(plan, operation, after: fault)
            if operation.charges { plan.count(decision, lease: lease, at: now()) }
            return SharedAnswer(decision: decision, lease: lease)
        }
    }
}
