import Testing

@testable import SluiceBench

/// What is on paper, against servers, nodes and callers that are simulated event by event.
@Suite("Simulated capacity")
struct CapacitySimulationTests {
    private static let demands: [(rate: Double, change: @Sendable (inout CapacityDemand) -> Void)] = [
        (50_000, { $0.pipeline = 16 }),
        (20_000, { ($0.transport, $0.cores) = (.http, 2) }),
        (100_000, { $0.pipeline = 16 }),
        (100_000, { ($0.transport, $0.cores) = (.http, 2) }),
        (60_000, { ($0.pipeline, $0.roundTrip) = (64, 0.001) }),
        (60_000, { ($0.transport, $0.rules, $0.places, $0.roundTrip) = (.http, 3, 2, 0.002) }),
    ]

    @Test(
        "keeps loops and masters as busy as the plan says, to a twentieth; makes 99 of 100 within its bound",
        arguments: demands.indices)
    func plans(index: Int) throws {
        var demand = CapacityDemand(users: 1e6, decisionsPerSecond: Self.demands[index].rate)
        Self.demands[index].change(&demand)
        let plan = try CapacityPlanner(demand).plan()
        let redis = try #require(plan.redis)
        let scene = try #require(CapacityScene(plan))
        let trial = CapacitySimulation(scene, decisions: 30_000, seed: 11).run()
        // So many came: of the few who send much at once, some more or some fewer than on average.
        let load = trial.rate / scene.rate
        #expect(abs(load - 1) < 0.15)
        #expect(abs(trial.loops / plan.servers.utilisation / load - 1) < 0.05)
        let busiest = trial.busiest(of: scene, hottest: false)
        #expect(abs(busiest / redis.utilisation / load - 1) < 0.05, "\(busiest), planned \(redis.utilisation)")
        #expect(abs(trial.perCall / redis.decisionsPerCall - 1) < 0.1, "\(trial.perCall) \(redis.decisionsPerCall)")
        #expect(trial.latency <= plan.latency, "\(trial.latency) \(plan.latency)")
        #expect(trial.latency >= plan.latency * 0.4, "\(trial.latency) \(plan.latency)")
    }

    @Test("has calls wait as M/D/1 says where many loops send to one Redis, to an eighth", arguments: [0.4, 0.6, 0.8])
    func waiting(utilisation: Double) {
        let costs = UnitCosts()
        let service = costs.seconds(.redisCall) + costs.seconds(.redisDecision)
        // So many loops that hardly two decisions meet in one.
        let scene = CapacityScene(loops: 400, owners: [0], rate: utilisation / service)
        let trial = CapacitySimulation(scene, decisions: 50_000, seed: 5).run()
        let line = WaitingLine(service: service, utilisation: utilisation)
        #expect(abs(trial.perCall - 1) < 0.01)
        #expect(abs(trial.meanWait / line.mean - 1) < 0.125, "\(trial.meanWait) \(line.mean)")
        #expect(abs(trial.wait / line.percentile(99) - 1) < 0.125, "\(trial.wait) \(line.percentile(99))")
    }

    @Test("gathers by hash tag what a cluster's round trip leaves waiting, to a twentieth", arguments: [0.5, 2, 8, 40])
    func gatheredByTag(perRoundTrip: Double) {
        // Masters with nothing else to do, and one event loop: only the round trip makes decisions wait.
        let roundTrip = 0.005
        var scene = CapacityScene(
            loops: 1, owners: HashTags.owners(masters: 16), rate: perRoundTrip / roundTrip * Double(HashTags.count))
        (scene.roundTrip, scene.read, scene.command, scene.call) = (roundTrip, 1e-9, 1e-9, 1e-9)
        (scene.redisCall, scene.redisDecision) = (1e-9, 1e-9)
        let trial = CapacitySimulation(scene, decisions: 30_000, seed: 3).run()
        let paper = Gathering.of(requestsAtOnce: 1, isCluster: true)
            .perCall(rate: perRoundTrip / roundTrip, roundTrip: roundTrip)
        #expect(abs(trial.perCall / paper - 1) < 0.05, "\(trial.perCall), on paper \(paper)")
    }

    @Test("decides no more of one key than a core of Redis does, however many masters there are")
    func hottest() {
        let costs = UnitCosts()
        let full = costs.seconds(.redisCall) / 64 + costs.seconds(.redisDecision)
        var ceilings: [Double] = []
        for masters in [3, 16] {
            // Three times what the key's master can do, and hardly anything else.
            var scene = CapacityScene(loops: 64, owners: HashTags.owners(masters: masters), rate: 3 / full)
            (scene.hottestShare, scene.keys) = (0.98, 10_000)
            let trial = CapacitySimulation(scene, decisions: 40_000, seed: 7).run()
            let master = scene.owners[KeyChoice.tag(of: 0, tags: scene.owners.count)]
            #expect(trial.masters[master] > 0.99)
            ceilings.append(Double(trial.hottestOnRedis) / trial.seconds)
        }
        for ceiling in ceilings { #expect(abs(ceiling * full - 1) < 0.05, "\(ceiling) of \(1 / full)") }
    }

    @Test("asks Redis for one in so many units of a borrowed key")
    func borrowing() {
        var scene = CapacityScene(loops: 8, owners: HashTags.owners(masters: 3), rate: 200_000)
        (scene.hottestShare, scene.borrowedUnits, scene.loopsOfServer) = (0.9, 500, 4)
        (scene.read, scene.command) = (1e-6, 1e-6)
        let trial = CapacitySimulation(scene, decisions: 50_000, seed: 9).run()
        let asked = Double(trial.hottestOnRedis) / Double(trial.hottest)
        #expect(abs(asked * 500 - 1) < 0.2, "\(trial.hottestOnRedis) of \(trial.hottest)")
        #expect(trial.busiest < 0.6)
    }

    @Test("spreads uneven keys over masters as their shares say")
    func zipf() {
        var scene = CapacityScene(loops: 32, owners: HashTags.owners(masters: 6), rate: 60_000)
        (scene.keys, scene.exponent) = (1_000, 1)
        let choice = KeyChoice(scene)
        var expected = [Double](repeating: 0, count: 6)
        for key in 0..<scene.keys {
            expected[scene.owners[KeyChoice.tag(of: key, tags: scene.owners.count)]] += choice.share(of: key)
        }
        #expect(abs(expected.reduce(0, +) - 1) < 1e-9)
        let trial = CapacitySimulation(scene, decisions: 40_000, seed: 13).run()
        let all = Double(trial.decided.reduce(0, +))
        for (share, decided) in zip(expected, trial.decided) {
            #expect(abs(Double(decided) / all - share) < 0.02, "\(decided) of \(all), by shares \(share)")
        }
    }

    @Test("says the same for the same seed, and something else for another")
    func seeds() {
        let scene = CapacityScene(loops: 4, owners: HashTags.owners(masters: 3), rate: 30_000)
        let trials = [1, 1, 2].map { CapacitySimulation(scene, decisions: 5_000, seed: $0).run() }
        #expect(trials[0] == trials[1])
        #expect(trials[0] != trials[2])
    }

    @Test("stands beside the plan line by line, and is nothing for a plan in memory")
    func comparison() throws {
        var demand = CapacityDemand(users: 1e6, decisionsPerSecond: 20_000)
        let plan = try CapacityPlanner(demand).plan()
        let comparison = try #require(CapacityComparison(plan, costs: UnitCosts(), decisions: 10_000, seed: 2))
        #expect(comparison.lines.count == 5 && comparison.seed == 2)
        #expect(comparison.lines.allSatisfy { $0.planned > 0 && $0.simulated >= 0 })
        demand.store = .memory
        #expect(CapacityComparison(try CapacityPlanner(demand).plan(), costs: UnitCosts()) == nil)
    }
}
