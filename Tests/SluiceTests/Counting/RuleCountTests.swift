import Sluice
import SluiceTesting
import Testing

@Suite("What becomes of requests is counted")
struct RuleCountTests {
    private struct Name: Hashable {
        var policy: String
        var rule: String
        var outcome: CountedOutcome
    }

    private func told(_ limiter: Limiter) -> [Name: Int] {
        var told: [Name: Int] = [:]
        for count in limiter.counts {
            for outcome in CountedOutcome.allCases where count[outcome] > 0 {
                told[Name(policy: count.policy, rule: count.rule, outcome: outcome)] = Int(count[outcome])
            }
        }
        return told
    }

    private static let policies = [
        Policy("plain") { Rule("only", by: .user, .tokenBucket(5, per: .seconds(10))) },
        Policy("several") {
            Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10)))
            Rule("hourly", by: .user, .slidingLog(20, per: .hours(1)))
            Rule("trial", by: .user, .fixedWindow(3, per: .seconds(10)), mode: .shadow)
        },
        Policy("trials") { Rule("t", by: .user, .tokenBucket(1, per: .seconds(1)), mode: .shadow) },
        Policy("listed", rules: [Rule("r", by: [.user], .tokenBucket(1, per: .seconds(1)))], deny: [["user": "1"]]),
    ]

    @Test("once at the rule that decided, and besides at shadows that would have denied", arguments: 1...10)
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limiter = try Limiter(Self.policies)
        var expected: [Name: Int] = [:]
        var now = Timestamp(seconds: 1_700_000_000)
        for _ in 0..<5_000 {
            now = now + .milliseconds(random.number(in: 0...300))
            let policy = random.pick(["plain", "several", "trials", "listed"])
            let descriptor: Descriptor = random.chance(5) ? [:] : [.user: "\(random.number(in: 1...5))"]
            let cost = random.chance(5) ? 100 : random.number(in: 0...2)
            if random.chance(10) {
                _ = try limiter.peek(policy, descriptor, cost: max(1, cost), at: now)
                continue
            }
            let decision = try limiter.decide(policy, descriptor, cost: cost, at: now)
            guard cost > 0 else { continue }
            let outcome: CountedOutcome =
                switch decision {
                case .allowed: .allowed
                case .denied(let denial): denial.reason == .impossible ? .impossible : .denied
                }
            expected[Name(policy: policy, rule: decision.rule?.description ?? "", outcome: outcome), default: 0] += 1
            if let shadow = decision.shadowDeniedBy {
                expected[Name(policy: policy, rule: shadow.description, outcome: .shadowDenied), default: 0] += 1
            }
            if random.chance(1) { try #require(told(limiter) == expected, "seed \(seed)") }
        }
        #expect(told(limiter) == expected, "seed \(seed)")
    }

    @Test("by many threads at once, none is lost")
    func threads() async throws {
        let limiter = try Limiter(Self.policies)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<5_000 {
                        _ = try? limiter.decide("plain", [.user: "\(task)-\(number)"])
                        _ = try? limiter.decide("several", [:])
                    }
                }
            }
        }
        let told = told(limiter)
        #expect(told[Name(policy: "plain", rule: "only", outcome: .allowed)] == 40_000)
        #expect(told[Name(policy: "several", rule: "", outcome: .allowed)] == 40_000)
    }

    @Test("beyond what a shard keeps to itself")
    func many() throws {
        let limiter = try Limiter(Self.policies)
        let now = Timestamp(seconds: 1_700_000_000)
        for _ in 0..<200_000 { _ = try limiter.decide("plain", [.user: "1"], at: now) }
        _ = try limiter.decide("several", [.user: "1"], at: now)
        let told = told(limiter)
        #expect(told[Name(policy: "plain", rule: "only", outcome: .allowed)] == 5)
        #expect(told[Name(policy: "plain", rule: "only", outcome: .denied)] == 199_995)
        #expect(limiter.counts.first { $0.policy == "plain" }?.used.reduce(0, +) == 5)
    }

    @Test("on through reloads, and beyond the most rules together")
    func bounds() throws {
        let limiter = try Limiter(Self.policies)
        _ = try limiter.decide("plain", [.user: "1"])
        try limiter.replacePolicies(with: Self.policies)
        _ = try limiter.decide("plain", [.user: "1"])
        #expect(told(limiter)[Name(policy: "plain", rule: "only", outcome: .allowed)] == 2)
        for batch in 0..<80 {
            let rules = (0..<60).map { Rule("r\($0)", by: [.user], .tokenBucket(5, per: .seconds(10))) }
            try limiter.replacePolicies(with: [Policy("p\(batch)", rules: rules)])
            _ = try limiter.decide("p\(batch)", [.user: "1"])
        }
        // What is counted with a lock and what without never meet.
        try limiter.replacePolicies(with: [Policy("late", rules: Self.policies[0].rules, deny: [["user": "mallory"]])])
        for _ in 0..<3 { _ = try limiter.decide("late", [.user: "mallory"]) }
        let others = limiter.counts.filter { $0.policy == "(others)" }
        #expect(Set(others.map(\.rule)) == ["(others)", ""])
        #expect(others.first { $0.rule.isEmpty }?[.denied] == 3)
        #expect(others.contains { $0.rule == "(others)" && $0[.allowed] > 0 })
        #expect(limiter.counts.reduce(0) { $0 + $1[.allowed] } == 82)
    }
}
