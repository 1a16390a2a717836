import Sluice
import SluiceRedis
import SluiceTesting
import Testing

@Suite("When the store fails")
struct FallbackLimiterTests {
    private static let secret: (UInt64, UInt64) = (1, 2)
    private let now = Timestamp(seconds: 1_700_000_000)

    /// A planner, and what decides in the store's place.
    private struct Pair {
        let planner: Limiter
        let fallback: FallbackLimiter

        init(_ policies: [Policy]) throws {
            planner = try Limiter(policies, store: MemoryStore(holding: 1, secret: secret))
            fallback = try FallbackLimiter(policies, secret: secret, holding: 10_000)
        }

        func decide(_ descriptor: Descriptor = [:], cost: Int64 = 1, at now: Timestamp) throws -> Decision {
            let plan = try planner.policy("p").plan(descriptor, cost: cost)
            return fallback.decide(plan, retryAfterNanoseconds: 700_000_000, at: now).decision
        }
    }

    private func pair(_ rules: [Rule], onStoreFailure: StoreFailure = .local) throws -> Pair {
        try Pair([Policy("p", rules: rules, onStoreFailure: onStoreFailure)])
    }

    @Test("'deny' denies, says which rule, and when the store is tried again")
    func deny() throws {
        let pair = try pair([
            Rule("first", .tokenBucket(9, per: .seconds(1))),
            Rule("second", by: [.user], .tokenBucket(7, per: .seconds(1)), onStoreFailure: .deny),
        ])
        guard case .denied(let denial) = try pair.decide([.user: "a"], at: now) else {
            Issue.record("allowed")
            return
        }
        #expect(denial.reason == .storeFailed && denial.isDegraded)
        #expect(denial.rule.map { $0 == "second" } == true)
        #expect(denial.limit == 7 && denial.remaining == 0)
        #expect(denial.retryAfter == .milliseconds(700))
        let other = try pair.decide(at: now)
        #expect(other.isAllowed && other.isDegraded, "the rule that denies does not apply")
        #expect(other.remaining == 8, "a denied request has charged nothing")
    }

    @Test("'allow' counts for nothing")
    func allow() throws {
        let pair = try pair([Rule("r", .cooldown(.hours(1)))], onStoreFailure: .allow)
        for _ in 0..<5 {
            let decision = try pair.decide(at: now)
            #expect(decision.isAllowed && decision.isDegraded && decision.rule == nil)
        }
    }

    @Test("'local' decides here, and a rule's choice overrides its policy's")
    func local() throws {
        let pair = try pair(
            [
                Rule("here", .tokenBucket(3, per: .seconds(10)), onStoreFailure: .local),
                Rule("there", .cooldown(.hours(1)), onStoreFailure: .allow),
            ],
            onStoreFailure: .deny)
        for left in [2, 1, 0] as [Int64] {
            let decision = try pair.decide(at: now)
            #expect(decision.isAllowed && decision.isDegraded && decision.remaining == left)
        }
        guard case .denied(let denial) = try pair.decide(at: now) else {
            Issue.record("allowed")
            return
        }
        #expect(denial.reason == .limited && denial.isDegraded)
        #expect(denial.rule.map { $0 == "here" } == true)
    }

    @Test("a rule in shadow mode denies nothing, whatever its choice")
    func shadow() throws {
        let pair = try pair([
            Rule("trial", .cooldown(.hours(1)), mode: .shadow, onStoreFailure: .deny),
            Rule("here", .cooldown(.hours(1)), mode: .shadow),
        ])
        for _ in 0..<3 { #expect(try pair.decide(at: now).isAllowed) }
        #expect(try pair.decide(at: now).shadowDeniedBy.map { $0 == "here" } == true)
    }

    @Test("several instances share a limit, and what was used stays used when their number changes")
    func instances() throws {
        let pair = try pair([Rule("r", .fixedWindow(12, per: .hours(1)))])
        func pass() throws -> Int {
            var count = 0
            while try pair.decide(at: now).isAllowed { count += 1 }
            return count
        }
        try pair.fallback.share(among: 3)
        #expect(try pass() == 4)
        try pair.fallback.share(among: 2)
        #expect(try pass() == 2)
        try pair.fallback.share(among: 0)
        #expect(pair.fallback.instances == 2)
        try pair.fallback.share(among: 1)
        #expect(try pass() == 6)
        try pair.fallback.share(among: 5)
        #expect(try pass() == 0)
    }

    @Test("what exceeds only this instance's share waits for the store; what exceeds the limit is impossible")
    func impossible() throws {
        let pair = try pair([Rule("r", .tokenBucket(8, per: .seconds(1)))])
        try pair.fallback.share(among: 4)
        guard case .denied(let waiting) = try pair.decide(cost: 5, at: now),
            case .denied(let impossible) = try pair.decide(cost: 9, at: now)
        else {
            Issue.record("allowed")
            return
        }
        #expect(waiting.reason == .storeFailed && waiting.retryAfter == .milliseconds(700) && waiting.isDegraded)
        #expect(impossible.reason == .impossible && impossible.retryAfter == nil && impossible.isDegraded)
    }

    @Test("overrides are shared too")
    func overrides() throws {
        let rule = Rule(
            "r", by: [.user], .tokenBucket(3, per: .hours(1)),
            overrides: [.init([.user: "vip"], .tokenBucket(30, per: .hours(1)))])
        let pair = try pair([rule])
        try pair.fallback.share(among: 3)
        #expect(try pair.decide([.user: "vip"], at: now).remaining == 9)
        #expect(try pair.decide([.user: "a"], at: now).remaining == 0)
    }

    @Test("a policy that is gone denies")
    func gone() throws {
        let pair = try pair([Rule("r", .cooldown(.seconds(1)))])
        try pair.fallback.replacePolicies(with: [])
        guard case .denied(let denial) = try pair.decide(at: now) else {
            Issue.record("allowed")
            return
        }
        #expect(denial.reason == .storeFailed)
    }

    @Test("leases are taken, renewed and given back here")
    func leases() throws {
        let pair = try Pair([Policy("p", rules: [Rule("busy", .concurrency(2))])])
        let plan = try pair.planner.policy("p").plan([:], cost: 1)
        let taken = pair.fallback.decide(plan, lease: 5, retryAfterNanoseconds: 0)
        let lease = try #require(taken.lease)
        #expect(taken.decision.isAllowed && taken.decision.isDegraded && lease.id == 5)
        #expect(pair.fallback.renew(lease))
        #expect(pair.fallback.release(lease))
        #expect(!pair.fallback.release(lease))
    }

    @Test(
        "shares of all instances never add up to more than the limit, but for the one that each may have",
        arguments: 0..<40 as Range<UInt64>)
    func shares(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...1_000)
        let period = Duration.nanoseconds(random.number(in: 1...(1 << random.number(in: 1...45))))
        let instances = Int(random.number(in: 1...60))
        let limits: [Limit] = [
            .tokenBucket(count, per: period, burst: random.number(in: 1...1_000)), .slidingLog(count, per: period),
            .slidingWindow(count, per: period), .fixedWindow(count, per: period), .quota(count, per: .day),
            .concurrency(count), .cooldown(period), .debounce(period), .unlimited,
        ]
        for limit in limits {
            let share = limit.share(ofInstances: instances)
            try Limiter.validate([Policy("p", rules: [Rule("r", share)])])
            switch limit.algorithm {
            case .tokenBucket:
                #expect(share.burst == max(1, limit.burst / Int64(instances)))
                let rate = Int128(share.count) * Int128(limit.periodNanoseconds) * Int128(instances)
                #expect(rate == Int128(limit.count) * Int128(share.periodNanoseconds), "the rate is shared exactly")
            case .cooldown, .debounce, .unlimited: #expect(share == limit)
            default: #expect(share.count == max(1, count / Int64(instances)))
            }
        }
    }
}
