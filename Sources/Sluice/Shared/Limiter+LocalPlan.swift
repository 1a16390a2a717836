extension Limiter {
    /// Decides in this process's memory what a store elsewhere could not: those of a plan's charges whose rules this
    /// limiter's policy of the same name has, by the limits that it has for them.
    /// - Returns: The decision, and the lease if one was asked for and taken.
    package func decide(
        _ plan: ChargePlan, isPeek: Bool = false, lease: UInt64? = nil, at now: Timestamp? = nil
    ) throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        let policy = try compiled(plan.policyName)
        let operation: Operation = isPeek ? .peek : lease.map { .acquire(lease: $0) } ?? .decide
        return settle(plan.charges.map { policy.charge($0) }, operation, at: now) { charges, _, decision in
            guard !charges.isEmpty else { return (.nothingApplies, nil) }
            return (decision, decision.isAllowed ? lease.flatMap { Self.lease($0, charges) } : nil)
        }
    }

    /// The same for several plans in one step. A policy that this limiter does not have counts for nothing.
    /// - Parameter lease: The number of the lease that is asked for.
    package func decide(_ joint: JointPlan, lease: UInt64? = nil, at now: Timestamp? = nil) -> JointDecision {
        let own = zip(joint.charges, joint.policyNames).map { planned, name in
            (try? compiled(name))?.charge(planned)
        }
        let operation: Operation = joint.isListed ? .peek : lease.map { .acquire(lease: $0) } ?? .decide
        return settle(own, operation, at: now) { charges, places, _ in
            var decision = joint.decision(charges, at: places)
            if decision.isAllowed { decision.lease = lease.flatMap { Self.lease($0, charges) } }
            return decision
        }
    }

    /// Settles those charges that are there.
    /// - Parameter conclude: Is given them, their places in `charges`, and what they come to.
    private func settle<Result>(
        _ charges: [Charge?], _ operation: Operation, at now: Timestamp?,
        conclude: (UnsafeMutableBufferPointer<Charge>, [Int], Decision) -> Result
    ) -> Result {
        let places = charges.indices.filter { charges[$0] != nil }
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, places.count)) { buffer in
            var set = ShardSet()
            for (index, charge) in charges.compactMap(\.self).enumerated() {
                buffer.initializeElement(at: index, to: charge)
                set.insert(shardOf: charge.key)
            }
            let own = UnsafeMutableBufferPointer(rebasing: buffer[..<places.count])
            guard !own.isEmpty else { return conclude(own, [], .nothingApplies) }
            set.lock(store.shards)
            defer { set.unlock(store.shards) }
            let moment = (now ?? time.now()).nanoseconds
            let decision = store.shards.settle(own, operation, now: moment, observing: false) { _ in }
            return conclude(own, places, decision)
        }
    }

    static func lease(_ id: UInt64, _ charges: UnsafeMutableBufferPointer<Charge>) -> Lease? {
        let held = charges.filter { $0.limit.pointee.algorithm == .concurrency && $0.verdict.isAllowed }
        guard let duration = held.map({ $0.limit.pointee.period }).min() else { return nil }
        return Lease(id: id, keys: held.map(\.key), durationNanoseconds: duration)
    }
}

extension CompiledPolicy {
    /// A charge of another policy's rule as one of this policy's rule of the same name; `nil` if there is none.
    fileprivate func charge(_ planned: PlannedCharge) -> Charge? {
        guard let other = planned.rule,
            let own = (0..<ruleCount).first(where: { rules[$0].name == other.pointee.name })
        else { return nil }
        let rule = UnsafePointer(rules + own)
        let override = other.pointee.overrides.firstIndex { planned.hasLimits($0.limits) }
        var steps = rule.pointee.limits
        if let override, override < rule.pointee.overrides.count { steps = rule.pointee.overrides[override].limits }
        return Charge(
            rule: rule, key: planned.key, cost: planned.cost, steps: steps, limit: steps.steps[0],
            verdict: Verdict(isAllowed: true, remaining: 0, resetAfter: 0), place: 0)
    }
}
