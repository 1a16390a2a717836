extension Limiter: JointLimiter {
    package var planning: Limiter { self }

    package func decide(_ parts: [JointPart]) async throws(SluiceError) -> JointDecision {
        try decide(parts, at: now())
    }

    /// Decides all parts, charging all of them or none.
    /// - Throws: ``SluiceError``; see ``JointLimiter/decide(_:)``.
    package func decide(_ parts: [JointPart], at now: Timestamp) throws(SluiceError) -> JointDecision {
        var plans: [ChargePlan] = []
        for part in parts { plans.append(try part.policy.memoryPlan(part.descriptor, cost: part.cost)) }
        let plan = try JointPlan(plans)
        let operation: Operation = plan.isListed ? .peek : .decide
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, plan.charges.count)) { buffer in
            var set = ShardSet()
            for (index, planned) in plan.charges.enumerated() {
                buffer.initializeElement(at: index, to: Charge(planned))
                set.insert(shardOf: planned.key)
            }
            let charges = UnsafeMutableBufferPointer(rebasing: buffer[..<plan.charges.count])
            guard !charges.isEmpty else { return plan.decision(charges) }
            set.lock(store.shards)
            defer { set.unlock(store.shards) }
            _ = store.shards.settle(charges, operation, now: now.nanoseconds, observing: true) { _ in }
            return plan.decision(charges)
        }
    }

    /// A policy that is not among those in force, for limits that come with a request. A reload ends it: a handle that
    /// ``PolicyHandle/isCurrent`` no more is to be made anew.
    /// - Throws: ``SluiceError`` with what is wrong with the policy.
    package func handle(of policy: Policy) throws(SluiceError) -> PolicyHandle {
        let compiled = try CompiledPolicy(policy, generation: generation, number: generation.number, store: store)
        return PolicyHandle(limiter: self, compiled: compiled)
    }
}

extension Charge {
    /// A planned charge that this process's memory decides.
    /// - Precondition: It has a rule.
    fileprivate init(_ planned: PlannedCharge) {
        guard let rule = planned.rule else { preconditionFailure("a throttle is not decided together") }
        self.init(
            rule: rule, key: planned.key, cost: planned.cost,
            steps: CompiledRule.LimitSteps(steps: UnsafeMutablePointer(mutating: planned.steps)),
            limit: planned.limit(), verdict: Verdict(isAllowed: true, remaining: 0, resetAfter: 0), place: 0)
    }
}
