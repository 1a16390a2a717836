import Sluice
import Testing

@testable import SluiceRedis

/// Single faults whose outcome is known.
@Suite("A simulated Redis")
struct SimulatedFaultTests {
    private func calm(_ seed: UInt64, isCluster: Bool = false, instances: Int = 1) throws -> Simulation {
        let simulation = try Simulation(seed: seed) { kind in
            (kind.isCluster, kind.instances, kind.lanes, kind.isCalm) = (isCluster, instances, 1, true)
        }
        simulation.isPressed = false
        simulation.world.run(until: 100 * Simulation.milliseconds)
        return simulation
    }

    private func question(
        _ simulation: Simulation, _ operation: StoreOperation, of policy: String = "bucket", by instance: Int = 0
    ) -> SimulatedLaws.Question {
        SimulatedLaws.Question(
            instance: simulation.instances[instance], policy: policy, values: ["ann"], operation: operation, cost: 1)
    }

    @Test(
        "that answers nobody keeps nobody waiting for longer than his own deadline",
        arguments: [false, true], 1...4 as ClosedRange<UInt64>)
    func deadlines(isCluster: Bool, seed: UInt64) throws {
        let simulation = try calm(seed, isCluster: isCluster)
        let world = simulation.world
        for server in simulation.servers { server.freeze(for: 2_000 * Simulation.milliseconds) }
        // More calls than may be out, so that some wait for those that left before them, and leave with later ones.
        for number in 0..<60 {
            world.after(Int64(number) * 20 * Simulation.milliseconds) {
                simulation.laws.send(question(simulation, .peek))
            }
        }
        world.run(until: world.now + 1_600 * Simulation.milliseconds)
        #expect(simulation.broken == nil)
        #expect(simulation.laws.counts.asked == 60)
        #expect(simulation.laws.open == 0)
    }

    @Test("that forgets what it has charged is found out")
    func forgets() throws {
        let simulation = try calm(7)
        let world = simulation.world
        for number in 0..<200 {
            world.after(Int64(number) * Simulation.milliseconds) {
                if number % 20 == 0 { simulation.servers[0].script = ScriptModel() }
                simulation.laws.send(question(simulation, .decide(isObserved: false)))
            }
        }
        world.run(until: world.now + 1_000 * Simulation.milliseconds)
        #expect(simulation.broken?.contains("over the limit of bucket ann") == true)
    }

    @Test(
        "takes back of what it lent what has not refilled, however late that comes",
        arguments: 1...8 as ClosedRange<UInt64>)
    func lateReturn(seed: UInt64) throws {
        let simulation = try calm(seed, instances: 2)
        let world = simulation.world
        // Ten units are lent to the first instance, which spends none of them.
        simulation.laws.send(question(simulation, .decide(isObserved: false), of: "lent"))
        world.run(until: world.now + 20 * Simulation.milliseconds)
        simulation.network.block(
            simulation.instances[0].host, simulation.servers[0].address, for: 230 * Simulation.milliseconds)
        try simulation.instances[0].reload()
        // Seven of them have refilled when they arrive, and the second instance has spent those.
        for number in 0..<80 {
            world.after((190 + Int64(number)) * Simulation.milliseconds) {
                simulation.laws.send(question(simulation, .decide(isObserved: false), of: "lent", by: 1))
            }
        }
        world.run(until: world.now + 600 * Simulation.milliseconds)
        #expect(simulation.broken == nil)
        #expect(simulation.laws.counts.degraded == 0)
        #expect(simulation.laws.counts.fullestLent > 80)
    }

    @Test("that never comes back is found out: decisions are still made without it")
    func dead() throws {
        let simulation = try calm(8)
        simulation.servers[0].crash(losingData: false)
        simulation.network.cut { _ in true }
        #expect(simulation.laws.probe(simulation.instances) > 0)
    }

    @Test("whose process ends leaves nothing behind in an instance that ends, too")
    func remains() throws {
        let simulation = try calm(9)
        #expect(simulation.instances[0].remains(simulation.network) != nil)
        simulation.servers[0].crash(losingData: true)
        simulation.network.cut { _ in true }
        simulation.instances[0].end()
        simulation.world.run(until: simulation.world.now + 5_000 * Simulation.milliseconds)
        #expect(simulation.instances[0].remains(simulation.network) == nil)
    }
}
