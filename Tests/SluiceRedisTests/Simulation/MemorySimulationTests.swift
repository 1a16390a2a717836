import Testing

@Suite("A limiter in memory, pressed at random")
struct MemorySimulationTests {
    @Test("admits never more than its limits, whatever is called in whatever order", arguments: 0..<8 as Range<UInt64>)
    func bounds(seed: UInt64) throws {
        var simulation = try MemorySimulation(seed: seed)
        try simulation.run(steps: 6_000)
        #expect(simulation.broken == nil)
        #expect(simulation.fullest == 100 && simulation.allowed > 500 && simulation.denied > 100)
    }
}
