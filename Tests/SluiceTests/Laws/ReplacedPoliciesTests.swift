import Sluice
import Testing

@Suite("Other numbers keep what was used")
struct ReplacedPoliciesTests {
    private let now = Timestamp(nanoseconds: 1_700_000_000_123_456_789)

    private func policies(_ limit: Limit) -> [Policy] { [Policy("p", rules: [Rule("r", limit)])] }

    static let limits: [@Sendable (Int64) -> Limit] = [
        { .tokenBucket($0, per: .hours(1)) }, { .slidingLog($0, per: .hours(1)) },
        { .slidingWindow($0, per: .hours(1)) }, { .fixedWindow($0, per: .hours(1)) }, { .quota($0, per: .month) },
    ]

    @Test("Five of ten used are five of twenty used", arguments: 0..<5)
    func raised(index: Int) throws {
        let limiter = try Limiter(policies(Self.limits[index](10)))
        #expect(try limiter.decide("p", [:], cost: 5, at: now).remaining == 5)
        try limiter.replacePolicies(with: policies(Self.limits[index](20)))
        #expect(try limiter.peek("p", [:], at: now).remaining == 15)
        try limiter.replacePolicies(with: policies(Self.limits[index](4)))
        #expect(try !limiter.decide("p", [:], at: now).isAllowed)
    }

    @Test("What was used is also kept under another algorithm", arguments: 0..<5, 0..<5)
    func otherAlgorithm(from: Int, to: Int) throws {
        let limiter = try Limiter(policies(Self.limits[from](10)))
        #expect(try limiter.decide("p", [:], cost: 7, at: now).isAllowed)
        try limiter.replacePolicies(with: policies(Self.limits[to](10)))
        #expect(try limiter.peek("p", [:], at: now).remaining == 3)
    }

    @Test("A token bucket's fraction of a token is kept, never rounded for the caller")
    func fraction() throws {
        let limiter = try Limiter(policies(.tokenBucket(10, per: .seconds(10))))
        #expect(try limiter.decide("p", [:], cost: 10, at: now).isAllowed)
        let later = now + .milliseconds(2_500)
        try limiter.replacePolicies(with: policies(.tokenBucket(10, per: .seconds(20))))
        #expect(try limiter.peek("p", [:], at: later).remaining == 2)
        // Half a token is there; the other half takes a second at the new rate.
        #expect(try limiter.peek("p", [:], cost: 3, at: later).retryAfter == .seconds(1))
    }

    @Test("A handle made before decides by the new numbers")
    func handle() throws {
        let limiter = try Limiter(policies(.fixedWindow(1, per: .hours(1))))
        let handle = try limiter.policy("p")
        #expect(try handle.decide([:], at: now).isAllowed)
        #expect(try !handle.decide([:], at: now).isAllowed)
        try limiter.replacePolicies(with: policies(.fixedWindow(2, per: .hours(1))))
        #expect(try handle.decide([:], at: now).isAllowed)
        #expect(try !handle.decide([:], at: now).isAllowed)
        try limiter.replacePolicies(with: [])
        let error = #expect(throws: SluiceError.self) { try handle.decide([:], at: now) }
        #expect(error?.code == .unknownPolicy)
    }

    @Test("A policy that is wrong leaves the old ones in force")
    func wrongPolicy() throws {
        let limiter = try Limiter(policies(.fixedWindow(1, per: .hours(1))))
        #expect(throws: SluiceError.self) {
            try limiter.replacePolicies(with: policies(.fixedWindow(0, per: .hours(1))))
        }
        #expect(limiter.policies == policies(.fixedWindow(1, per: .hours(1))))
        #expect(try limiter.decide("p", [:], at: now).isAllowed)
    }

    @Test("A ban outlives a reload with other numbers")
    func ban() throws {
        func policies(_ count: Int64) -> [Policy] {
            [Policy("p", rules: [Rule("r", .fixedWindow(count, per: .seconds(1)), penalty: .ban(.hours(1)))])]
        }
        let limiter = try Limiter(policies(1))
        _ = try limiter.decide("p", [:], at: now)
        _ = try limiter.decide("p", [:], at: now)
        try limiter.replacePolicies(with: policies(100))
        let decision = try limiter.decide("p", [:], at: now + .minutes(59))
        #expect(!decision.isAllowed)
        #expect(try limiter.decide("p", [:], at: now + .hours(1)).isAllowed)
    }
}
