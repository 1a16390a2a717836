public import Sluice

/// Decides whole policies the slow and obvious way, from the words of DESIGN.md.
public struct PolicyOracle: Sendable {
    struct CellName: Hashable, Sendable {
        var policy: String
        var rule: String
        var values: [String]
    }

    /// One rule that applies to a request.
    struct Application {
        var rule: Rule
        var limit: Limit
        var name: CellName
        var cost: Int64
        var verdict = RuleOracle.Verdict(reason: nil, wait: 0, limit: .unlimited)
    }

    /// The slots that an acquired lease holds.
    public struct HeldLease: Sendable {
        var slots: [(name: CellName, slot: Int, duration: Int64)]
    }

    private var policies: [String: Policy]
    var cells: [CellName: RuleOracle] = [:]

    /// Policies that nobody has met yet.
    public init(_ policies: [Policy]) {
        self.policies = Dictionary(uniqueKeysWithValues: policies.map { ($0.name, $0) })
    }

    /// Puts other policies in place; what was used stays.
    public mutating func replacePolicies(with policies: [Policy]) {
        self.policies = Dictionary(uniqueKeysWithValues: policies.map { ($0.name, $0) })
    }

    /// What a decision must be; `nil` when it must throw because a strict policy misses a key.
    /// - Parameter guess: What a decider says. It only spares searching: whatever it says is checked.
    public mutating func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, charging: Bool, at now: Timestamp,
        guess: Decision? = nil
    ) -> ExpectedDecision? {
        let now = now.nanoseconds
        let policy = policies[policy]!
        if lacksKey(policy, descriptor) { return nil }
        if let listed = listedDecision(policy, descriptor) { return listed }
        var applied = applications(policy, descriptor, cost: cost)
        for index in applied.indices { applied[index].verdict = verdict(applied[index], at: now, guess) }
        let isAllowed = !applied.contains { $0.rule.mode == .enforce && $0.verdict.reason != nil }
        let shadow = applied.first { $0.rule.mode == .shadow && $0.verdict.reason != nil }?.rule.name
        if charging, cost > 0 { settle(&applied, isAllowed: isAllowed, at: now, guess) }
        return summary(applied, isAllowed: isAllowed, shadow: shadow, at: now, guess)
    }

    /// Charges what passes, or leaves behind what a denial does.
    private mutating func settle(
        _ applied: inout [Application], isAllowed: Bool, at now: Int64, _ guess: Decision?
    ) {
        for index in applied.indices {
            let application = applied[index]
            var cell = cells[application.name] ?? RuleOracle()
            if let reason = application.verdict.reason {
                cell.noteDenial(application.rule, application.limit, reason, at: now)
                cells[application.name] = cell
                applied[index].verdict = verdict(application, at: now, guess)
            } else if isAllowed {
                cell.charge(application.limit, cost: application.cost, at: now)
                cells[application.name] = cell
            }
        }
    }

    private func verdict(_ application: Application, at now: Int64, _ guess: Decision?) -> RuleOracle.Verdict {
        let cell = cells[application.name] ?? RuleOracle()
        return cell.verdict(
            application.rule, application.limit, cost: application.cost, at: now,
            guess: guess?.retryAfter?.wholeNanoseconds)
    }

    private func summary(
        _ applied: [Application], isAllowed: Bool, shadow: String?, at now: Int64, _ guess: Decision?
    ) -> ExpectedDecision {
        let speaking = applied.filter { $0.rule.mode == .enforce && ($0.verdict.reason != nil) == !isAllowed }
        guard !speaking.isEmpty else {
            return ExpectedDecision(reason: nil, candidates: [.uncounted], shadowDeniedBy: shadow)
        }
        let remaining = speaking.map { (cells[$0.name] ?? RuleOracle()).remaining($0.verdict.limit, at: now) }
        let least = remaining.min()
        let longest = speaking.map { $0.verdict.wait ?? .max }.max()
        var candidates: [ExpectedDecision.Candidate] = []
        var reason: Denial.Reason?
        for (application, remaining) in zip(speaking, remaining) {
            var verdict = application.verdict
            guard isAllowed ? remaining == least : (verdict.wait ?? .max) == longest else { continue }
            reason = reason ?? verdict.reason
            if isAllowed { verdict.wait = 0 }
            let cell = cells[application.name] ?? RuleOracle()
            candidates.append(
                cell.candidate(
                    application.rule, application.limit, verdict, remaining: remaining, at: now,
                    guess: guess?.resetAfter.wholeNanoseconds))
        }
        return ExpectedDecision(reason: reason, candidates: candidates, shadowDeniedBy: shadow)
    }

    /// Gives back; what a peek says afterwards.
    public mutating func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at now: Timestamp, guess: Decision? = nil
    ) -> ExpectedDecision? {
        let known = policies[policy]!
        if lacksKey(known, descriptor) { return nil }
        if listedDecision(known, descriptor) == nil {
            for application in applications(known, descriptor, cost: cost) {
                cells[application.name]?.history.refund(application.cost, at: now.nanoseconds, application.limit)
            }
        }
        return decide(policy, descriptor, cost: 1, charging: false, at: now, guess: guess)
    }

    /// Drops what no longer matters at a moment; see ``LimitOracle/forget(at:_:)``.
    mutating func forget(_ policy: String, _ descriptor: Descriptor, at now: Timestamp) {
        for application in applications(policies[policy]!, descriptor, cost: 0) {
            cells[application.name]?.history.forget(at: now.nanoseconds, application.limit)
        }
    }

    /// Forgets everything of the descriptor in the policy.
    public mutating func reset(_ policy: String, _ descriptor: Descriptor) {
        guard !lacksKey(policies[policy]!, descriptor) else { return }
        for rule in policies[policy]!.rules {
            guard let name = cellName(policy, rule, descriptor) else { continue }
            cells[name] = nil
        }
    }
}

// MARK: - Which rules apply

extension PolicyOracle {
    private func listedDecision(_ policy: Policy, _ descriptor: Descriptor) -> ExpectedDecision? {
        if policy.deny.contains(where: { holds($0, descriptor) }) {
            var candidate = ExpectedDecision.Candidate.uncounted
            (candidate.remaining, candidate.limit, candidate.retryAfter) = (0, 0, nil)
            return ExpectedDecision(reason: .listed, candidates: [candidate])
        }
        if policy.allow.contains(where: { holds($0, descriptor) }) {
            return ExpectedDecision(reason: nil, candidates: [.uncounted])
        }
        return nil
    }

    /// Whether a strict policy misses a key.
    private func lacksKey(_ policy: Policy, _ descriptor: Descriptor) -> Bool {
        policy.isStrict && policy.rules.contains { cellName(policy.name, $0, descriptor) == nil }
    }

    /// The rules that apply.
    func applications(_ policy: Policy, _ descriptor: Descriptor, cost: Int64) -> [Application] {
        var applied: [Application] = []
        for rule in policy.rules where holds(rule.condition, descriptor) {
            guard let name = cellName(policy.name, rule, descriptor) else { continue }
            let limit = rule.overrides.first { holds($0.condition, descriptor) }?.limit ?? rule.limit
            let cost = cost == 0 ? 0 : rule.cost ?? cost
            applied.append(Application(rule: rule, limit: limit, name: name, cost: cost))
        }
        let replaced = Set(applied.filter { $0.rule.mode == .enforce }.flatMap(\.rule.replaces))
        return applied.filter { !replaced.contains($0.rule.name) }
    }

    /// The rules of a policy that apply to a call.
    func applications(named policy: String, _ descriptor: Descriptor) -> [Application] {
        applications(policies[policy]!, descriptor, cost: 1)
    }

    /// The penalty and cell of a rule that can be closed for the descriptor by hand.
    func holdable(_ policy: String, _ rule: String, _ descriptor: Descriptor) -> (Penalty, CellName)? {
        guard let rule = policies[policy]!.rules.first(where: { $0.name == rule }), rule.mode == .enforce,
            let penalty = rule.penalty, case .ban = penalty.kind, let name = cellName(policy, rule, descriptor)
        else { return nil }
        return (penalty, name)
    }

    private func cellName(_ policy: String, _ rule: Rule, _ descriptor: Descriptor) -> CellName? {
        let values = rule.keys.compactMap { descriptor[$0] }
        guard values.count == rule.keys.count else { return nil }
        return CellName(policy: policy, rule: rule.name, values: values)
    }

    private func holds(_ condition: Condition, _ descriptor: Descriptor) -> Bool {
        condition.terms.allSatisfy { term in
            guard let value = descriptor[term.key] else { return false }
            return term.patterns.contains { PatternOracle.matches($0.text, value) }
        }
    }
}

// MARK: - Leases

extension PolicyOracle {
    /// What taking a slot must say, and the slots taken.
    public mutating func acquire(
        _ policy: String, _ descriptor: Descriptor, at now: Timestamp
    ) -> (decision: ExpectedDecision, lease: HeldLease?) {
        let looked = decide(policy, descriptor, cost: 1, charging: true, at: now)!
        guard looked.reason == nil else { return (looked, nil) }
        var applied = applications(policies[policy]!, descriptor, cost: 1)
        for index in applied.indices {
            // What has been charged was allowed, whatever the limit says now.
            applied[index].verdict = verdict(applied[index], at: now.nanoseconds, nil)
            applied[index].verdict.reason = nil
        }
        var lease = HeldLease(slots: [])
        for application in applied where application.limit.algorithm == .concurrency {
            let duration = application.limit.periodNanoseconds
            let slot = cells[application.name, default: RuleOracle()].leases.take(until: now.nanoseconds + duration)
            lease.slots.append((application.name, slot, duration))
        }
        let after = summary(applied, isAllowed: true, shadow: looked.shadowDeniedBy, at: now.nanoseconds, nil)
        return (after, lease)
    }

    /// Whether every slot was still held; they are for their whole duration again.
    public mutating func renew(_ lease: HeldLease, at now: Timestamp) -> Bool {
        lease.slots.reduce(true) { held, entry in
            let end = now.nanoseconds + entry.duration
            return (cells[entry.name]?.leases.renew(entry.slot, at: now.nanoseconds, until: end) ?? false) && held
        }
    }

    /// Whether any slot was still held; none is any longer.
    public mutating func release(_ lease: HeldLease, at now: Timestamp) -> Bool {
        lease.slots.reduce(false) { held, entry in
            (cells[entry.name]?.leases.release(entry.slot, at: now.nanoseconds) ?? false) || held
        }
    }
}

extension ExpectedDecision.Candidate {
    /// What a decision says to which no rule applied.
    static var uncounted: Self {
        Self(rule: nil, limit: .max, remaining: .max, retryAfter: 0, resetAfter: 0)
    }
}
