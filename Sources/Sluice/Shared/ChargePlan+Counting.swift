/// What has come of a planned request is counted, and seen by those who look on.
extension ChargePlan {
    /// Counts what has come of the request at the rule that decided.
    package func count(_ decision: Decision, lease: Lease? = nil, at now: Timestamp) {
        guard let policy, !charges.contains(where: { $0.cost == 0 }) else { return }
        let deciding = charge(of: decision.rule)
        let counter = deciding?.rule?.pointee.counter ?? policy.counter
        counter.count(decision.counted)
        if case .allowed(let pass) = decision, pass.rule != nil {
            counter.countUse(remaining: pass.remaining, of: pass.limit)
        }
        if decision.isDegraded { counter.count(.degraded) }
        charge(of: decision.shadowDeniedBy)?.rule?.pointee.counter.count(.shadowDenied)
        if let lease { note(lease, of: policy, at: now.nanoseconds) }
        guard policy.store.watch.sees(decision.isAllowed ? .everything : .denials) else { return }
        let subject = DecisionWatch.Subject(
            counter: counter, key: deciding?.key ?? .none, cost: charges.first?.cost ?? 1)
        policy.store.watch.note(decision, subject, of: policy.policy.name, at: now.nanoseconds) {
            policy.name(deciding.map { policy.policy.rules[$0.ruleIndex].keys } ?? policy.keys) { place in
                names.isEmpty ? nil : names[place]
            }
        }
    }

    private func charge(of rule: RuleName?) -> PlannedCharge? {
        guard let rule else { return nil }
        return charges.first { $0.rule?.pointee.name == rule }
    }

    private func note(_ lease: Lease, of policy: CompiledPolicy, at now: Int64) {
        let held = charges.filter { lease.keys.contains($0.key) }
        let rules = LeaseBook.Rules(held.lazy.compactMap { $0.rule?.pointee.counter })
        policy.store.leases.note(
            lease.id, rules, slots: held.first?.cost ?? 1,
            expiry: now.saturatingAdding(lease.duration.wholeNanoseconds), at: now)
    }
}
