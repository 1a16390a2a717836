import Testing

@Suite("Breakers that agree over a bad network")
struct BreakerSimulationTests {
    @Test("spare an endpoint that does not work, and agree in the end", arguments: 0..<12 as Range<UInt64>)
    func laws(seed: UInt64) {
        let simulation = BreakerSimulation(seed: seed)
        #expect(simulation.run(steps: 20_000) == nil)
        #expect(simulation.outages > 0 && simulation.calls > 500, "seed \(seed) shows nothing")
    }

    @Test("do the same again by the same seed")
    func replay() {
        let (first, second) = (BreakerSimulation(seed: 5), BreakerSimulation(seed: 5))
        #expect(first.run(steps: 5_000) == nil && second.run(steps: 5_000) == nil)
        #expect(first.world.digest == second.world.digest && first.calls == second.calls)
    }
}
