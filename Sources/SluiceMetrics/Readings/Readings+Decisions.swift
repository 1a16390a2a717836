import Sluice

extension Readings {
    /// What a limiter knows of its decisions, wherever its cells are.
    /// - Parameter store: Where they are, in a word.
    mutating func decisions(of limiter: Limiter, store: String) {
        let policies = limiter.policies
        // From the start, so that what comes first is seen as a change.
        for policy in policies {
            for rule in policy.rules { outcomes(of: RuleCount(policy: policy.name, rule: rule.name)) }
        }
        for count in limiter.counts {
            outcomes(of: count)
            guard count.used.contains(where: { $0 > 0 }) else { continue }
            shares("sluice_rule_use_ratio", count.used, ("policy", count.policy), ("rule", count.rule))
        }
        durations("sluice_decision_duration_seconds", limiter.decisionDurations.counted, ("store", store))
        leases(limiter.heldSlots, policies)
        level("sluice_policies", policies.count)
        level("sluice_rules", policies.reduce(0) { $0 + $1.rules.count })
    }

    private mutating func outcomes(of count: RuleCount) {
        for outcome in CountedOutcome.allCases
        where count[outcome] > 0 || outcome == .allowed || outcome == .denied {
            self.count(
                "sluice_decisions_total", count[outcome], ("policy", count.policy), ("rule", count.rule),
                ("outcome", outcome.rawValue))
        }
    }

    private mutating func leases(_ held: [HeldSlots], _ policies: [Policy]) {
        for policy in policies {
            for rule in policy.rules where rule.limit.algorithm == .concurrency {
                // 0 is no gap; what is held is added below.
                level("sluice_leases", 0, ("policy", policy.name), ("rule", rule.name))
                highest("sluice_leases_limit", rule.limit.count, ("policy", policy.name), ("rule", rule.name))
            }
        }
        for slots in held {
            level("sluice_leases", slots.slots, ("policy", slots.policy), ("rule", slots.rule))
        }
    }
}
