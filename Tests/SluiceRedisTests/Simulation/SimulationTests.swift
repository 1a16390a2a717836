import Foundation
import Synchronization
import Testing

@testable import SluiceRedis

/// How much is simulated, by the environment:
/// `SLUICE_SIMULATION_STEPS` for how many steps, a million unless it says otherwise, and `SLUICE_SIMULATION_SEED` for
/// the first seed. A seed without steps is one run, the one that failed.
struct SimulationPlan {
    /// For how many steps callers and faults go on in each run. A seed replays a run only together with this number.
    static let stepsOfRun = 40_000

    var firstSeed: UInt64 = 1
    var steps = 1_000_000

    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let seed = environment["SLUICE_SIMULATION_SEED"].flatMap(UInt64.init) {
            (firstSeed, steps) = (seed, Self.stepsOfRun)
        }
        if let wanted = environment["SLUICE_SIMULATION_STEPS"].flatMap(Int.init) { steps = max(1, wanted) }
    }

    var runs: Int { (steps + Self.stepsOfRun - 1) / Self.stepsOfRun }
}

@Suite("Everything in one thread, on a simulated clock, network and Redis")
struct SimulationTests {
    private final class Shared: Sendable {
        let sum = Mutex(Sum())
    }

    private struct Sum {
        var next = 0
        var steps = 0
        var counts = SimulatedLaws.Counts()
        var broken: [String] = []
    }

    @Test("keeps the laws through random schedules, faults and failovers")
    func laws() async {
        let plan = SimulationPlan()
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(plan.runs, max(1, ProcessInfo.processInfo.activeProcessorCount)) {
                group.addTask {
                    while let place = Self.take(from: shared, of: plan.runs) {
                        Self.run(plan.firstSeed + UInt64(place), shared)
                    }
                }
            }
        }
        let all = shared.sum.withLock { $0 }
        for broken in all.broken { Issue.record("\(broken)") }
        #expect(all.steps >= plan.steps)
        // A run that presses nothing shows nothing.
        guard plan.runs >= 20 else { return }
        #expect(all.counts.fullest == 100, "no limit was ever used to the full")
        #expect(all.counts.fullestLent == 100 && all.counts.lent > 0, "nothing was borrowed in earnest")
        #expect(all.counts.mostLeases == SimulatedPolicies.leases)
        #expect(all.counts.allowed > plan.steps / 100 && all.counts.denied > plan.steps / 100)
        #expect(all.counts.degraded > 0 && all.counts.atOnce > 0 && all.counts.losses > 0)
    }

    private static func take(from shared: Shared, of runs: Int) -> Int? {
        shared.sum.withLock { sum in
            guard sum.next < runs else { return nil }
            defer { sum.next += 1 }
            return sum.next
        }
    }

    private static func run(_ seed: UInt64, _ shared: Shared) {
        do {
            let simulation = try Simulation(seed: seed)
            let broken = simulation.run(steps: SimulationPlan.stepsOfRun)
            let (steps, counts) = (simulation.world.steps, simulation.laws.counts)
            shared.sum.withLock { sum in
                sum.steps += steps
                sum.counts += counts
                if let broken { sum.broken.append(broken) }
            }
        } catch {
            shared.sum.withLock { $0.broken.append("seed \(seed) cannot begin: \(error)") }
        }
    }

    @Test("is the same again by the same seed, to the last step", arguments: [3, 4, 9, 11] as [UInt64])
    func replay(seed: UInt64) throws {
        func run(_ seed: UInt64) throws -> Simulation {
            let simulation = try Simulation(seed: seed)
            #expect(simulation.run(steps: 2_500) == nil)
            return simulation
        }
        let (first, second, other) = (try run(seed), try run(seed), try run(seed + 100))
        #expect(first.world.digest == second.world.digest)
        #expect(first.world.steps == second.world.steps)
        #expect(first.laws.counts == second.laws.counts)
        #expect(first.world.digest != other.world.digest)
    }
}
