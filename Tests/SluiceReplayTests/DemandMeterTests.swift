import Sluice
import Testing

@testable import SluiceReplay

@Suite("The limit that leaves a caller untouched")
struct DemandMeterTests {
    static let limits: [Limit] = [
        .tokenBucket(3, per: .seconds(10)), .tokenBucket(5, per: .seconds(7), burst: 10),
        .tokenBucket(2, per: .seconds(60), burst: 4), .slidingLog(3, per: .seconds(10)),
        .slidingWindow(3, per: .seconds(10)), .fixedWindow(3, per: .seconds(10)),
        .quota(3, per: .day, in: "Europe/Berlin"),
    ]

    /// Moments of one caller, in bursts and gaps, in whole seconds or milliseconds as logs have them.
    private static func moments(_ random: inout SeededGenerator) -> [Int64] {
        let unit: Int64 = Bool.random(using: &random) ? 1_000_000_000 : 1_000_000
        var now: Int64 = 1_767_323_045_000_000_000 / unit * unit
        return (0..<Int.random(in: 1...60, using: &random)).map { _ in
            if Int.random(in: 0..<3, using: &random) > 0 {
                now += Int64.random(in: 0...4_000_000_000, using: &random) / unit * unit
            } else if Int.random(in: 0..<10, using: &random) == 0 {
                now += Int64.random(in: 0...50_000_000_000_000, using: &random) / unit * unit
            }
            return now
        }
    }

    private func isUntouched(_ limit: Limit, _ moments: [Int64]) throws -> Bool {
        let limiter = try Limiter(
            [Policy("p", rules: [Rule("r", by: .user, limit)])], store: MemoryStore(capacity: 1 << 12))
        return try moments.allSatisfy {
            try limiter.decide("p", [.user: "u"], at: Timestamp(nanoseconds: $0)).isAllowed
        }
    }

    private func needed(_ limit: Limit, _ moments: [Int64]) -> Int64 {
        let meter = DemandMeter(limit)
        var demand = meter.fresh
        defer { demand.free() }
        for moment in moments { meter.observe(&demand, cost: 1, at: moment) }
        return demand.needed
    }

    @Test("A limiter with that limit denies nothing, and with one less it denies something", arguments: limits)
    func exact(_ limit: Limit) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let moments = Self.moments(&random)
            let count = needed(limit, moments)
            var enough = limit
            enough.count = count
            // A burst of its own keeps its proportion, which is whole for the limits above when the count is scaled.
            enough.burst = limit.burst * count / limit.count
            let comment: Comment = "seed \(seed): \(limit), \(count), \(moments)"
            #expect(try isUntouched(enough, moments), comment)
            guard count > 1 else { continue }
            var less = limit
            less.count = count - 1
            less.burst = limit.burst * (count - 1) / limit.count
            #expect(try !isUntouched(less, moments), comment)
        }
    }

    @Test("A gap of that length denies nothing, one that is a nanosecond longer does")
    func gaps() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for limit in [Limit.cooldown(.seconds(3)), .debounce(.seconds(2)), .debounce(.seconds(2), extend: true)] {
            for _ in 0..<200 {
                let moments = Self.moments(&random)
                let gap = needed(limit, moments)
                guard gap < .max, gap > 0 else { continue }
                var other = limit
                other.periodNanoseconds = gap
                #expect(try isUntouched(other, moments), "seed \(seed)")
                other.periodNanoseconds = gap + 1
                #expect(try !isUntouched(other, moments), "seed \(seed)")
            }
        }
    }

    @Test("A request that costs more needs more")
    func cost() {
        let meter = DemandMeter(.tokenBucket(5, per: .seconds(10)))
        var demand = meter.fresh
        meter.observe(&demand, cost: 7, at: 0)
        #expect(demand.needed == 7)
    }

    @Test("Without room for more moments a sliding log is told too high, never too low, and says so")
    func outOfRuns() {
        let limit = Limit.slidingLog(1, per: .seconds(1_000))
        let meter = DemandMeter(limit, maximumRuns: 4_096)
        var demands = (0..<4).map { _ in meter.fresh }
        defer { demands.forEach { $0.free() } }
        // One each 100 ms: 10,000 in every window.
        for tick in 0..<30_000 {
            for caller in demands.indices { meter.observe(&demands[caller], cost: 1, at: Int64(tick) * 100_000_000) }
        }
        #expect(meter.isApproximate)
        for demand in demands {
            #expect((10_000...10_100).contains(demand.needed), "\(demand.needed)")
            #expect(demand.runs.count <= 4_096)
        }
    }
}
