import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

@Suite("Borrowing never admits anybody over the limit")
struct BorrowingBoundTests {
    private func terms(_ borrowing: Rule.Borrowing, _ limit: Limit) throws -> BorrowTerms {
        try #require(try BorrowTerms(borrowing, limit))
    }

    @Test(
        "A token bucket admits burst + ⌊t × rate⌋ in any span t, whoever holds what, however late and wrong clocks are",
        arguments: 0..<60 as Range<UInt64>)
    func bucket(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 1...30)
        let isLarge = random.chance(20)
        let burst = isLarge ? random.number(in: 5_000...50_000) : random.number(in: 4...80)
        let emission = random.pick([30_000, 300_000, 1_000_000, 3_333_333, 20_000_000] as [Int64])
        let period = emission * count + random.number(in: 0...count)
        let borrowing: Rule.Borrowing = random.chance(30) ? .auto : .units(random.number(in: 1...burst))
        let limit = Limit.tokenBucket(count, per: .nanoseconds(period), burst: burst)
        var simulation = BorrowingSimulation(
            SimulatedBucket(count: count, period: period, burst: burst), try terms(borrowing, limit),
            gap: burst * emission / 200, cycle: random.pick([burst * emission, burst * emission / 3]),
            longestDelay: random.pick([burst * emission / 20, burst * emission / 4, burst * emission]),
            mostCost: isLarge ? burst / 30 : 3, seed: seed)
        simulation.run(requests: 250)
        let excess = simulation.excess()
        #expect(excess == nil, "seed \(seed)")
    }

    @Test(
        "A window admits its count, whoever holds what, however late and wrong clocks are",
        arguments: 100..<140 as Range<UInt64>)
    func window(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = random.number(in: 4...80)
        let period = random.pick([10_000_000, 333_333_333, 2_000_000_000] as [Int64])
        let borrowing: Rule.Borrowing = random.chance(30) ? .auto : .units(random.number(in: 1...count))
        var simulation = BorrowingSimulation(
            SimulatedWindow(count: count, period: period),
            try terms(borrowing, .fixedWindow(count, per: .nanoseconds(period))),
            gap: random.pick([period / count / 4, period / count, period / count * 3]),
            cycle: random.pick([period, period / 3, period * 3]),
            longestDelay: random.pick([period / count, period / 3, 2 * period]), seed: seed)
        simulation.run(requests: 250)
        let excess = simulation.excess()
        #expect(excess == nil, "seed \(seed)")
    }

    @Test("and it does spend units without the store, and gives back what it does not need")
    func spends() throws {
        let limit = Limit.tokenBucket(100, per: .seconds(1), burst: 1_000)
        var simulation = BorrowingSimulation(
            SimulatedBucket(count: 100, period: 1_000_000_000, burst: 1_000), try terms(.units(20), limit),
            gap: 5_000_000, cycle: 10_000_000_000, longestDelay: 1_000_000, seed: 1)
        simulation.run(requests: 1_000)
        #expect(simulation.spentHere * 10 > simulation.admitted.count * 7)
        #expect(simulation.givenBack > 0)
        #expect(simulation.excess() == nil)
    }
}
