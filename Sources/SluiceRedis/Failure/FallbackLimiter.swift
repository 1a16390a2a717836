package import Sluice
internal import Synchronization

/// Decides what a store could not, by the failure choices of the rules that apply.
///
/// If an enforced rule's choice is `deny`, the request is denied. Else the rules whose choice is `local` decide in
/// this process's memory, by this instance's share of their limits; a rule whose choice is `allow` counts for nothing.
/// Every such decision is marked as degraded.
package final class FallbackLimiter: Sendable {
    private struct State {
        var policies: [Policy]
        var instances = 1
        /// The choice of each rule of each policy, in its order.
        var choices: [String: [StoreFailure]]
    }

    private let limiter: Limiter
    private let state: Mutex<State>

    /// The shortest wait that a denied caller is told.
    package static let shortestWait = Duration.milliseconds(10)

    /// Decides for these policies, as the only instance until ``share(among:)`` tells of others.
    /// - Parameter secret: What keys are hashed with, the same as where requests are planned.
    /// - Throws: `SluiceError` with what is wrong in which rule.
    package init(
        _ policies: [Policy], secret: (UInt64, UInt64), time: TimeSource = .system,
        holding capacity: Int = MemoryStore.defaultCapacity
    ) throws(SluiceError) {
        let store = try MemoryStore(holding: capacity, secret: secret)
        limiter = try Limiter(policies.map { $0.local(amongInstances: 1) }, store: store, time: time)
        state = Mutex(State(policies: policies, choices: Self.choices(policies)))
    }

    /// How many instances share the limits, as far as is known.
    package var instances: Int { state.withLock { $0.instances } }

    /// Puts other policies in force, keeping what was used.
    /// - Throws: `SluiceError` with what is wrong; the old policies stay in force then.
    package func replacePolicies(with policies: [Policy]) throws(SluiceError) {
        try state.withLock { state throws(SluiceError) in
            try limiter.replacePolicies(with: policies.map { $0.local(amongInstances: state.instances) })
            state.policies = policies
            state.choices = Self.choices(policies)
        }
    }

    /// Divides the limits among so many instances, keeping what was used.
    /// - Throws: `SluiceError` if no such limit can be; the old share stays then.
    package func share(among instances: Int) throws(SluiceError) {
        try state.withLock { state throws(SluiceError) in
            guard instances >= 1, instances != state.instances else { return }
            try limiter.replacePolicies(with: state.policies.map { $0.local(amongInstances: instances) })
            state.instances = instances
        }
    }

    /// Decides a plan.
    /// - Parameters:
    ///   - lease: The number of the lease that is asked for.
    ///   - retryAfter: When the store is tried again: what somebody is told whom only its failure denies.
    package func decide(
        _ plan: ChargePlan, isPeek: Bool = false, lease: UInt64? = nil, retryAfterNanoseconds: Int64,
        at now: Timestamp? = nil
    ) -> (decision: Decision, lease: Lease?) {
        if let settled = plan.settled { return (settled, nil) }
        let wait = max(retryAfterNanoseconds, Self.shortestWait.wholeNanoseconds)
        let (choices, rules) = state.withLock { state in
            (state.choices[plan.policyName], state.policies.first { $0.name == plan.policyName }?.rules)
        }
        for charge in plan.charges where !charge.isShadow {
            guard let choices, let rules, charge.ruleIndex < choices.count else {
                return (.storeFailed(charge, by: nil, wait), nil)
            }
            guard choices[charge.ruleIndex] == .deny else { continue }
            return (.storeFailed(charge, by: RuleName(rules[charge.ruleIndex].name), wait), nil)
        }
        do {
            let (decision, held) = try limiter.decide(plan, isPeek: isPeek, lease: lease, at: now)
            return (decision.degraded(plan, wait), held)
        } catch {
            // The policy went away between planning and now: nothing says that the request may pass.
            return (plan.charges.first.map { .storeFailed($0, by: nil, wait) } ?? plan.decision([]), nil)
        }
    }

    /// Decides several plans in one step: where one is denied, none is charged.
    /// - Parameter lease: The number of the lease that is asked for.
    package func decide(
        _ joint: JointPlan, lease: UInt64? = nil, retryAfterNanoseconds: Int64
    ) -> JointDecision {
        let wait = max(retryAfterNanoseconds, Self.shortestWait.wholeNanoseconds)
        let inForce = state.withLock { Set($0.choices.keys) }
        // A limit that came with its request has no cell here, and says itself what its choice is.
        let denials = joint.plans.map { plan in
            plan.charges.first { charge in
                guard !charge.isShadow else { return false }
                let choice = plan.onStoreFailure(of: charge)
                return choice == .deny || (choice == .local && !inForce.contains(plan.policyName))
            }
        }
        guard denials.allSatisfy({ $0 == nil }) else {
            let parts = zip(joint.plans, denials).map { plan, denial in
                JointDecision.Part(
                    decision: denial.map { .storeFailed($0, by: nil, wait) }
                        ?? plan.settled ?? .nothingApplies)
            }
            return JointDecision(isAllowed: false, parts: parts)
        }
        var decision = limiter.decide(joint, lease: lease)
        for (index, plan) in joint.plans.enumerated() where plan.settled == nil {
            decision.parts[index].decision = decision.parts[index].decision.degraded(plan, wait)
        }
        return decision
    }

    /// Holds a lease that was taken here for a whole duration more; `false` if it was not, or is held no longer.
    package func renew(_ lease: Lease) -> Bool { limiter.renew(lease) }

    /// Gives a lease back that was taken here; `false` if it was not, or is held no longer.
    package func release(_ lease: Lease) -> Bool { limiter.release(lease) }

    private static func choices(_ policies: [Policy]) -> [String: [StoreFailure]] {
        policies.reduce(into: [:]) { choices, policy in
            choices[policy.name] = policy.rules.map { $0.onStoreFailure ?? policy.onStoreFailure }
        }
    }
}

extension Decision {
    /// Denied for no other reason than that the store failed.
    fileprivate static func storeFailed(_ charge: PlannedCharge, by rule: RuleName?, _ wait: Int64) -> Decision {
        .denied(
            Denial(
                .storeFailed, by: rule, limit: charge.limit().pointee.capacity, retryAfter: wait, resetAfter: wait,
                degraded: true))
    }

    /// The same, marked; what exceeds only this instance's share is not impossible, but has to wait for the store.
    fileprivate func degraded(_ plan: ChargePlan, _ wait: Int64) -> Decision {
        switch self {
        case .allowed(var pass):
            pass.isDegraded = true
            return .allowed(pass)
        case .denied(var denial):
            denial.isDegraded = true
            let isImpossible = plan.charges.contains { !$0.isShadow && $0.cost > $0.limit().pointee.capacity }
            guard denial.reason == .impossible, !isImpossible else { return .denied(denial) }
            return .denied(
                Denial(
                    .storeFailed, by: denial.rule, limit: denial.limit, remaining: denial.remaining, retryAfter: wait,
                    resetAfter: max(wait, denial.nanosecondsToReset), degraded: true))
        }
    }
}
