import Sluice

extension Suite {
    /// Four rules decided together against four decisions of one rule each.
    static let four = Suite(name: "four", title: "a policy of four rules, all or nothing") { rounds in
        var findings: [Finding] = []
        for keys in [10_000, 1_000_000] {
            let race = try RulesRace(keys: keys)
            let samples = try Samples.inTurn(rounds, race.together, race.apart)
            findings.append(
                Finding(
                    "by one value, \(keys) values", "ns", samples[0], against: "four single decisions", samples[1],
                    reach: .ratio(0.8)))
        }
        let race = try DescriptorRace(users: 10_000)
        let samples = try Samples.inTurn(rounds, race.together, race.apart)
        findings.append(
            Finding(
                "by descriptor (user, chat, user+chat, all)", "ns", samples[0], against: "four single decisions",
                samples[1], reach: .ratio(0.8)))
        return findings
    }
}

private func bucket(_ name: String, by keys: DescriptorKey...) -> Rule {
    Rule(name, by: keys, .tokenBucket(generous.count, per: generous.period))
}

/// Four rules that count by the same value.
private struct RulesRace {
    private let all: PolicyHandle
    private let each: [PolicyHandle]
    private let order: [String]
    private let passes: Int

    init(keys: Int) throws {
        let names = ["second", "minute", "hour", "day"]
        all = try Limiter { Policy("all") { names.map { bucket($0, by: .user) } } }.policy("all")
        let apart = try Limiter { names.map { name in Policy(name) { bucket(name, by: .user) } } }
        each = try names.map { try apart.policy($0) }
        order = (0..<keys).map { "key:\($0)" }.shuffled()
        passes = max(1, 1_000_000 / keys)
        _ = try (together(), self.apart())
    }

    func together() throws -> Double {
        try Chunks.nanosecondsPerCall(passes: passes, of: order.count) { chunk in
            var allowed = 0
            for key in order[chunk] where try all.decide(key).isAllowed { allowed += 1 }
            return allowed
        }
    }

    func apart() throws -> Double {
        let (first, second, third, fourth) = (each[0], each[1], each[2], each[3])
        return try Chunks.nanosecondsPerCall(passes: passes, of: order.count) { chunk in
            var allowed = 0
            for key in order[chunk]
            where try first.decide(key).isAllowed && second.decide(key).isAllowed && third.decide(key).isAllowed
                && fourth.decide(key).isAllowed
            { allowed += 1 }
            return allowed
        }
    }
}

/// Four rules that count by different keys of a descriptor.
private struct DescriptorRace {
    private let all: PolicyHandle
    private let each: [PolicyHandle]
    private let order: [Descriptor]
    private let passes: Int

    init(users: Int) throws {
        let rules = [
            bucket("user", by: .user), bucket("chat", by: .chat), bucket("both", by: .user, .chat), bucket("all"),
        ]
        all = try Limiter { Policy("all") { rules } }.policy("all")
        let apart = try Limiter { rules.map { rule in Policy(rule.name) { rule } } }
        each = try rules.map { try apart.policy($0.name) }
        order = (0..<users).map { [.user: "user:\($0)", .chat: "chat:\($0 % 100)"] }.shuffled()
        passes = max(1, 500_000 / users)
        _ = try (together(), self.apart())
    }

    func together() throws -> Double {
        try Chunks.nanosecondsPerCall(passes: passes, of: order.count) { chunk in
            var allowed = 0
            for request in order[chunk] where try all.decide(request).isAllowed { allowed += 1 }
            return allowed
        }
    }

    func apart() throws -> Double {
        let (first, second, third, fourth) = (each[0], each[1], each[2], each[3])
        return try Chunks.nanosecondsPerCall(passes: passes, of: order.count) { chunk in
            var allowed = 0
            for request in order[chunk]
            where try first.decide(request).isAllowed && second.decide(request).isAllowed
                && third.decide(request).isAllowed && fourth.decide(request).isAllowed
            { allowed += 1 }
            return allowed
        }
    }
}
