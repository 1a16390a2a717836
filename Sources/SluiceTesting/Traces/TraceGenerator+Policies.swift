public import Sluice

extension TraceGenerator {
    /// Every algorithm that a request charges; leases are taken otherwise.
    public static let chargingAlgorithms = Limit.Algorithm.allCases.filter { $0 != .concurrency && $0 != .unlimited }

    /// A policy of one rule by user.
    public mutating func singlePolicy(_ algorithm: Limit.Algorithm) -> Policy {
        Policy("single", rules: [Rule("only", by: .user, limit(algorithm))])
    }

    /// A policy of several rules with conditions, overrides, shadows, costs of their own, and lists.
    public mutating func policy(named name: String, algorithms: [Limit.Algorithm] = chargingAlgorithms) -> Policy {
        let number = Int(random.number(in: 1...5))
        var rules = (0..<number).map { rule(named: "r\($0)", algorithms: algorithms) }
        if number > 1, random.chance(25) { rules[number - 1].replaces = ["r0"] }
        return Policy(
            name, rules: rules, allow: random.chance(10) ? [[.text: "ho", .ip: "192.0.2.*"]] : [],
            deny: random.chance(10) ? [[.user: "2", .ip: "10.8.0.0/13"]] : [], isStrict: random.chance(10))
    }

    private mutating func rule(named name: String, algorithms: [Limit.Algorithm]) -> Rule {
        let keys: [[DescriptorKey]] = [[], [.user], [.user], [.user, .text], [.ip], [.text, .ip]]
        var rule = Rule(name, by: random.pick(keys), limit(random.pick(algorithms)))
        if random.chance(20) { rule.condition = random.pick([[.user: "*"], [.text: "hi"], [.ip: "10.0.0.0/8"]]) }
        if random.chance(20) { rule.mode = .shadow }
        if random.chance(10) { rule.cost = random.number(in: 1...3) }
        if random.chance(20) {
            // Another key than the rule counts by may select the override only if the cells are apart by it.
            rule.keys = [.user]
            rule.overrides = [Rule.Override([.user: "vip-*"], limit(rule.limit.algorithm))]
        }
        return rule
    }

    /// A policy whose rules punish.
    public mutating func punishingPolicy(named name: String) -> Policy {
        let algorithms: [Limit.Algorithm] = [.slidingLog, .fixedWindow, .tokenBucket, .slidingWindow, .cooldown]
        let rules = (0..<Int(random.number(in: 1...2))).map { index in
            var rule = Rule("p\(index)", by: .user, limit(random.pick(algorithms)))
            let span = Duration.nanoseconds(rule.limit.periodNanoseconds)
            let denials = Int(random.number(in: 1...4))
            let window = random.pick([nil, span * 3, span / 2] as [Duration?]).map { whole($0) }
            rule.penalty = .ban(
                whole(span * random.pick([1, 2, 5])), after: denials, within: window, maximum: whole(span * 20))
            return rule
        }
        return Policy(name, rules: rules)
    }

    /// A policy whose limit shrinks for those who do not listen.
    public mutating func shrinkingPolicy(named name: String) -> Policy {
        // Algorithms that count by whole events: how a fraction of a token carries over is not the penalty's matter.
        let limit = limit(random.pick([.slidingLog, .fixedWindow]))
        var rule = Rule("p", by: .user, limit)
        let span = Duration.nanoseconds(limit.periodNanoseconds)
        rule.penalty = .shrink(after: Int(random.number(in: 1...3)), recovery: whole(span * random.pick([1, 3, 10])))
        return Policy(name, rules: [rule])
    }

    /// A policy with leases, and perhaps a rule that is charged with them.
    public mutating func leasePolicy(named name: String) -> Policy {
        var rules = [Rule("slots", by: random.pick([[], [.user]]), limit(.concurrency))]
        if random.chance(40) { rules.append(Rule("each", by: [.user, .text], limit(.concurrency))) }
        if random.chance(40) { rules.append(Rule("rate", by: [.user], limit(.tokenBucket))) }
        return Policy(name, rules: rules)
    }

    private func whole(_ duration: Duration) -> Duration {
        .nanoseconds(aligned(max(1_000_000, duration.wholeNanoseconds)))
    }
}
