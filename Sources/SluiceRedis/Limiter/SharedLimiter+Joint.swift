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
        if plans.count == 1, let known = memory.denial(plans[0], at: now()) { return joint.decision(repeating: known) }
        let operation = joint.isListed ? StoreOperation.peek : .decide(isObserved: true)
        let ticket = memory.ticket(at: now())
        let answer = await withUnsafeContinuation { continuation in
            let request = StoreRequest(
                joint.charges, operation, deadline: .now() + store.timeAmount, keeping: joint.owner
            ) { continuation.resume(returning: $0) }
            lanes.lane(for: joint.charges[0].key).submit(request)
        }
        switch answer {
        case .judged(let verdicts, _):
            faults.decided()
            let decision = joint.decision(verdicts)
            note(decision, of: plans, ticket)
            return decision
        case .failed(let fault):
            faults.failed(fault.error)
            return fallback.decide(joint, retryAfterNanoseconds: fault.retryAfterNanoseconds)
        }
    }

    private func note(_ decision: JointDecision, of plans: [ChargePlan], _ ticket: DecisionMemory.Ticket) {
        if plans.count == 1 {
            memory.note(decision.parts[0].decision, of: plans[0], ticket, at: now())
        } else if decision.isAllowed {
            for plan in plans { memory.changed(plan) }
        }
    }
}
