import Sluice
import SluiceTesting
import Testing

/// Numbers at the edge of what a limit, a cost or a moment can be. Arithmetic saturates; nothing traps or grants.
@Suite("Extreme values")
struct ExtremeValuesTests {
    static let century = Duration.days(36_525)
    static let most: Int64 = 1 << 32

    /// Time may begin before 1970. It ends in 2262, and a century before that the longest limits lose their bound.
    static let starts: [Int64] = [
        0, -(1 << 62), 1_700_000_000_000_000_000, .max - 10_000_000_000, .max - 1, .max,
    ]

    static let lastExact = Int64.max - 2 * century.wholeNanoseconds

    static let limits: [Limit] = [
        .tokenBucket(1, per: century), .tokenBucket(most, per: .nanoseconds(1)), .tokenBucket(most, per: century),
        .tokenBucket(most, per: .seconds(1), burst: most), .tokenBucket(3, per: .nanoseconds(1), burst: 2),
        .slidingLog(3, per: century), .slidingLog(5, per: .nanoseconds(1)), .slidingWindow(3, per: century),
        .slidingWindow(1 << 21 - 1, per: century), .slidingWindow(2, per: .nanoseconds(1)),
        .fixedWindow(most, per: century), .fixedWindow(1, per: .nanoseconds(1)), .cooldown(century),
        .debounce(century, extend: true), .cooldown(.nanoseconds(1)),
    ]

    @Test("At any time, any cost: no trap, and never more than the oracle admits", arguments: limits)
    func anything(limit: Limit) throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let limiter = try Limiter([Policy("p", rules: [Rule("r", limit)])])
            var oracle = LimitOracle()
            var now = random.pick(Self.starts)
            for step in 0..<60 {
                let cost = random.pick([1, 1, 1, 2, limit.count, limit.burst, Self.most, 0] as [Int64])
                let decision = try limiter.decide("p", [:], cost: cost, at: Timestamp(nanoseconds: now))
                let counted = limit.algorithm == .cooldown || limit.algorithm == .debounce ? min(cost, 1) : cost
                if decision.isAllowed {
                    let isAdmitted = oracle.admits(counted, at: now, limit) || now > Self.lastExact
                    #expect(isAdmitted, "seed \(seed) step \(step): cost \(cost) at \(now)")
                    oracle.charge(counted, at: now)
                } else if let retry = decision.retryAfter {
                    #expect(retry > .zero, "seed \(seed) step \(step)")
                }
                #expect(decision.remaining >= 0 && decision.resetAfter >= .zero, "seed \(seed) step \(step)")
                let span = random.pick(
                    [0, 1, limit.periodNanoseconds / 2, limit.periodNanoseconds, 1 << 40] as [Int64])
                now = now > .max - span ? .max : now + span
            }
        }
    }

    @Test(
        "A limit out of range is refused with what is wrong",
        arguments: [
            .tokenBucket(0, per: .seconds(1)), .tokenBucket(1, per: .zero), .tokenBucket(1, per: .seconds(-1)),
            .tokenBucket(1, per: .seconds(1), burst: 0), .tokenBucket(1, per: century, burst: 2),
            .tokenBucket(.max, per: .seconds(1)), .slidingLog(.max, per: .seconds(1)),
            .slidingLog(-1, per: .seconds(1)),
            .slidingWindow(.max, per: .seconds(1)), .fixedWindow(1, per: .days(40_000)), .cooldown(.zero),
            .debounce(.seconds(-5)), .concurrency(0), .concurrency(.max), .quota(0, per: .day),
        ] as [Limit])
    func refused(limit: Limit) throws {
        let error = #expect(throws: SluiceError.self) {
            try Limiter.validate([Policy("chat", rules: [Rule("flood", limit)])])
        }
        #expect(error?.code == .invalidPolicy)
        #expect(error?.message.contains("flood") == true)
    }
}
