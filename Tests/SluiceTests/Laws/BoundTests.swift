import Sluice
import SluiceTesting
import Testing

/// The bound column of DESIGN.md's table, on nothing but the moments at which a limiter admitted something.
///
/// These tests know no oracle: they look at every pair of admitted events.
@Suite("No bound is exceeded")
struct BoundTests {
    struct Admission {
        var moment: Int64
        var cost: Int64
    }

    /// Presses a limit with random costs at random times and tells what it admitted.
    private func admissions(_ limit: Limit, seed: UInt64, calls: Int = 400) throws -> [Admission] {
        var random = SplitMix64(seed: seed)
        let limiter = try Limiter([Policy("p", rules: [Rule("r", limit)])])
        var now = random.number(in: 1_600_000_000_000_000_000...1_800_000_000_000_000_000)
        var admitted: [Admission] = []
        let period = max(limit.periodNanoseconds, 1_000_000)
        for _ in 0..<calls {
            let emission = period / limit.count
            let step = random.pick([0, 0, 0, 1, emission / 4, emission / 2, emission - 1, emission] as [Int64])
            now += random.chance(2) ? random.pick([period - 1, period, 5 * period]) : step
            let cost = random.chance(20) ? random.number(in: 1...3) : 1
            let decision = try limiter.decide("p", [:], cost: cost, at: Timestamp(nanoseconds: now))
            if decision.isAllowed { admitted.append(Admission(moment: now, cost: cost)) }
        }
        #expect(admitted.count > 5 && admitted.count < calls, "seed \(seed) did not press the limit")
        return admitted
    }

    /// Calls `body` with the length of every span from one admission to another and what it admitted in all.
    private func forEachSpan(_ admitted: [Admission], _ body: (_ span: Int64, _ total: Int64) -> Void) {
        for first in admitted.indices {
            var total: Int64 = 0
            for last in first..<admitted.endIndex {
                total += admitted[last].cost
                body(admitted[last].moment - admitted[first].moment, total)
            }
        }
    }

    @Test("A token bucket admits at most burst + ⌊t × rate⌋ in any span", arguments: 0..<12 as Range<UInt64>)
    func tokenBucket(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...20)
        let burst = random.number(in: 1...20)
        let period = random.pick([1_000_000_000, 333_333_333, 10_000_000_019] as [Int64])
        let limit = Limit.tokenBucket(count, per: .nanoseconds(period), burst: burst)
        try forEachSpan(admissions(limit, seed: seed)) { span, total in
            let bound = Int128(burst) + Int128(span) * Int128(count) / Int128(period)
            #expect(Int128(total) <= bound, "seed \(seed): \(total) in \(span) ns")
        }
    }

    @Test("A sliding log admits at most N in any window", arguments: 20..<32 as Range<UInt64>)
    func slidingLog(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...30)
        let period = random.pick([1_000, 333, 60_000, 70_000, 20_000_000] as [Int64]) * 1_000_000
        try forEachSpan(admissions(.slidingLog(count, per: .nanoseconds(period)), seed: seed)) { span, total in
            #expect(span >= period || total <= count, "seed \(seed): \(total) in \(span) ns")
        }
    }

    @Test("A fixed window admits at most N in each aligned window", arguments: 40..<48 as Range<UInt64>)
    func fixedWindow(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...30)
        let period = random.pick([1_000_000_000, 333_333_333] as [Int64])
        let admitted = try admissions(.fixedWindow(count, per: .nanoseconds(period)), seed: seed)
        let windows = Dictionary(grouping: admitted) { $0.moment / period }
        for (window, admitted) in windows {
            #expect(admitted.reduce(0) { $0 + $1.cost } <= count, "seed \(seed), window \(window)")
        }
    }

    @Test(
        "A sliding window admits at most N by its estimate, and 2 N in any window", arguments: 60..<68 as Range<UInt64>)
    func slidingWindow(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...30)
        let period = random.pick([1_000_000_000, 333_333_333] as [Int64])
        let admitted = try admissions(.slidingWindow(count, per: .nanoseconds(period)), seed: seed)
        var used: [Int64: Int64] = [:]
        for admission in admitted {
            let window = admission.moment / period
            used[window, default: 0] += admission.cost
            let visible = period - admission.moment % period
            let estimate = Int128(used[window - 1] ?? 0) * Int128(visible) + Int128(used[window]!) * Int128(period)
            #expect(estimate <= Int128(count) * Int128(period), "seed \(seed) at \(admission.moment)")
        }
        forEachSpan(admitted) { span, total in
            #expect(span >= period || total <= 2 * count, "seed \(seed): \(total) in \(span) ns")
        }
    }

    @Test("A cooldown admits one in each gap", arguments: 80..<84 as Range<UInt64>)
    func cooldown(seed: UInt64) throws {
        let gap: Int64 = 777_777_777
        let moments = try admissions(.cooldown(.nanoseconds(gap)), seed: seed).map(\.moment)
        for (a, b) in zip(moments, moments.dropFirst()) { #expect(b - a >= gap, "seed \(seed) at \(b)") }
    }
}
