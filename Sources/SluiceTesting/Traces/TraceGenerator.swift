public import Sluice

/// Makes random limits, policies and traces from a seed, with a liking for what breaks limiters.
///
/// Times fall on boundaries and one step beside them, stand still, leap over idle ages; costs are 0, exactly the
/// capacity, one above it, or absurd.
public struct TraceGenerator: Sendable {
    var random: SplitMix64
    /// The smallest step of time that the decider tells apart, in nanoseconds.
    let resolution: Int64

    /// A generator whose output follows from `seed` alone.
    public init(seed: UInt64, resolution: Duration = .nanoseconds(1)) {
        random = SplitMix64(seed: seed)
        self.resolution = max(1, resolution.wholeNanoseconds)
    }

    /// Rounds up to what the decider tells apart.
    func aligned(_ nanoseconds: Int64) -> Int64 {
        let past = nanoseconds % resolution
        return past == 0 ? nanoseconds : nanoseconds - past + (past > 0 ? resolution : 0)
    }

    // MARK: - Limits

    /// A random limit of an algorithm.
    public mutating func limit(_ algorithm: Limit.Algorithm) -> Limit {
        let count = random.pick([1, 1, 2, 3, 5, 7, 10, 20, 100, random.number(in: 1...50)] as [Int64])
        let period = Duration.nanoseconds(period())
        switch algorithm {
        case .tokenBucket:
            let burst = random.pick([1, count, count, 2 * count, random.number(in: 1...40)] as [Int64])
            return .tokenBucket(count, per: period, burst: burst)
        case .slidingLog: return .slidingLog(count, per: .milliseconds(period.millisecondsRoundedUp))
        case .slidingWindow: return .slidingWindow(count, per: period)
        case .fixedWindow: return .fixedWindow(count, per: period)
        case .quota: return .quota(count, per: random.pick(Limit.CalendarUnit.allCases))
        case .cooldown: return .cooldown(period)
        case .debounce: return .debounce(period, extend: random.chance(40))
        case .concurrency: return .concurrency(min(count, 10), lease: period)
        case .unlimited: return .unlimited
        }
    }

    /// Periods that divide evenly and periods that do not.
    private mutating func period() -> Int64 {
        aligned(
            random.pick([
                1_000_000, 10_000_000, 333_333_333, 1_000_000_000, 1_000_000_007, 7_000_000_000, 60_000_000_000,
                3_600_000_000_000, random.number(in: 1_000_000...5_000_000_000),
            ]))
    }

    // MARK: - Traces

    /// A trace over these policies.
    public mutating func trace(over policies: [Policy], length: Int) -> [TraceStep] {
        (0..<length).map { _ in step(over: policies) }
    }

    private mutating func step(over policies: [Policy]) -> TraceStep {
        let request = request(to: random.pick(policies))
        let limits = policies.flatMap(\.rules).flatMap { [$0.limit] + $0.overrides.map(\.limit) }
        switch random.number(in: 0...99) {
        case ..<52: return .decide(request)
        case ..<58: return .peek(request)
        case ..<61: return .refund(request)
        case ..<62: return .reset(request)
        case ..<68: return .probeRetry(request)
        case ..<70: return .probeRemaining(request)
        case ..<78: return .waitForRetry(offset: nudge())
        case ..<83: return .waitForMultiple(of: span(of: random.pick(limits)), offset: nudge())
        default: return .wait(wait(for: random.pick(limits)))
        }
    }

    /// A trace of leases over these policies.
    public mutating func leaseTrace(over policies: [Policy], length: Int) -> [TraceStep] {
        (0..<length).map { index in
            let policy = random.pick(policies)
            switch random.number(in: 0...99) {
            case ..<40: return .acquire(request(to: policy, cost: 1))
            case ..<52: return .release(Int(random.number(in: 0...Int64(index))))
            case ..<64: return .renew(Int(random.number(in: 0...Int64(index))))
            case ..<70: return .peek(request(to: policy, cost: 1))
            case ..<74: return .decide(request(to: policy, cost: 1))
            case ..<82: return .waitForRetry(offset: nudge())
            default: return .wait(wait(for: random.pick(policy.rules).limit))
            }
        }
    }

    /// On the spot, or one step or one millisecond beside it.
    mutating func nudge() -> Int64 {
        random.pick([0, 0, 0, resolution, -resolution, aligned(1_000_000), -aligned(1_000_000)])
    }

    private func span(of limit: Limit) -> Int64 {
        limit.periodNanoseconds > 0 ? limit.periodNanoseconds : 86_400_000_000_000
    }

    /// How long to wait, in the spans that matter to a limit.
    mutating func wait(for limit: Limit) -> Int64 {
        let span = span(of: limit)
        let emission = span / max(1, limit.count)
        let age = limit.algorithm == .quota ? 40 : Int64(1_000)
        let wait = random.pick([
            0, 1, emission, emission, emission + 1, emission - 1, span, span - 1, span + 1, span / 2, 2 * span,
            age * span, random.number(in: 0...span), random.number(in: 0...span),
        ])
        return aligned(max(0, wait))
    }

    mutating func request(to policy: Policy, cost: Int64? = nil) -> TraceRequest {
        var descriptor: Descriptor = [
            .user: random.pick(["1", "1", "1", "2", "vip-3"]), .text: random.pick(["hi", "ho"]),
            .ip: random.pick(["10.0.0.1", "10.0.0.1", "10.9.9.9", "192.0.2.1"]), "unused": "x",
        ]
        if random.chance(4) { descriptor[random.pick([.user, .text, .ip])] = nil }
        let limit = random.pick(policy.rules).limit
        return TraceRequest(policy.name, descriptor, cost: cost ?? self.cost(for: limit))
    }

    private mutating func cost(for limit: Limit) -> Int64 {
        guard random.chance(25) else { return 1 }
        return random.pick([0, 2, 3, limit.count, limit.burst, limit.burst + 1, limit.count + 1, 1 << 32])
    }
}
