import NIOCore
package import Sluice

/// Several descriptors in one step.
extension SharedLimiter: JointLimiter {
    package func decide(_ parts: [JointPart]) async throws(SluiceError) -> JointDecision {
        var plans: [ChargePlan] = []
        for part in parts { plans.append(try part.policy.plan(part.descriptor, cost: part.cost)) }
        let joint = try JointPlan(plans)
        guard !joint.charges.isEmpty else { return joint.decision([]) }
        // What lets nothing pass needs no round trip to say so again.
        if plans.count == 1, let known = memory.denial(plans[0], at: now()) {
            plans[0].count(known, at: now())
            return joint.decision(repeating: known)
        }
        let decision = await ask(joint, joint.isListed ? .peek : .decide(isObserved: true))
        let deciding = decision.answer
        plans[deciding.place].count(deciding.decision, at: now())
        return decision
    }

    package func begin(
        _ questions: UnsafeBufferPointer<JointQuestion>, holdsSlots: Bool
    ) throws(SluiceError) -> JointStep {
        var plans: [ChargePlan] = []
        plans.reserveCapacity(questions.count)
        for question in questions { plans.append(try question.policy.plan(question.values, cost: question.cost)) }
        if let listed = plans.firstIndex(where: { $0.settled?.isAllowed == false }), let denied = plans[listed].settled
        {
            plans[listed].count(denied, at: now())
            return .decided(JointAnswer(denied, place: listed))
        }
        if plans.allSatisfy({ $0.settled != nil }) { return .decided(JointAnswer(.nothingApplies)) }
        guard plans.count > 1 else { return .planned(plans) }
        // What Redis denies to one of them it denies to all.
        let now = now()
        for (place, plan) in plans.enumerated() where plan.settled == nil {
            guard let known = memory.denial(plan, at: now) else { continue }
            plan.count(known, at: now)
            return .decided(JointAnswer(known, place: place))
        }
        return .planned(plans)
    }

    package func finish(_ plans: [ChargePlan], holdsSlots: Bool) async throws(SluiceError) -> JointAnswer {
        let operation =
            holdsSlots ? StoreOperation.acquire(lease: .random(in: .min ... .max)) : .decide(isObserved: false)
        if let only = plans.firstIndex(where: { $0.settled == nil }),
            plans.indices.allSatisfy({ $0 == only || plans[$0].settled != nil })
        {
            let answer = try await ask(plans[only], operation)
            return JointAnswer(answer.decision, place: only, lease: answer.lease)
        }
        let answer = await ask(try JointPlan(plans), operation).answer
        plans[answer.place].count(answer.decision, lease: answer.lease, at: now())
        return answer
    }

    private func ask(_ joint: JointPlan, _ operation: StoreOperation) async -> JointDecision {
        let ticket = memory.ticket(at: now())
        let answer = await withUnsafeContinuation { continuation in
            let lane = lanes.lane(for: joint.charges[0].key)
            let request = StoreRequest(
                joint.charges, operation, deadline: lane.now + store.timeAmount, keeping: joint.owner
            ) { continuation.resume(returning: $0) }
            lane.submit(request)
        }
        switch answer {
        case .judged(let verdicts, _):
            faults.decided()
            var decision = joint.decision(verdicts)
            if let lease = operation.lease, decision.isAllowed { decision.lease = joint.lease(id: lease, verdicts) }
            note(decision, of: joint, ticket)
            return decision
        case .failed(let fault):
            note(fault)
            return fallback.decide(
                joint, lease: operation.lease, retryAfterNanoseconds: fault.retryAfterNanoseconds)
        }
    }

    private func note(_ decision: JointDecision, of joint: JointPlan, _ ticket: DecisionMemory.Ticket) {
        guard !decision.isAllowed else { return joint.plans.forEach(memory.changed) }
        // Where parts share a cell, what denies them together might let each of them pass.
        guard joint.charges.count == joint.plans.reduce(0, { $0 + $1.charges.count }) else { return }
        for (plan, part) in zip(joint.plans, decision.parts) where plan.settled == nil && !part.decision.isAllowed {
            memory.note(part.decision, of: plan, ticket, at: now())
        }
    }
}
