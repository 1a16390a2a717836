import NIOCore
import RESP
import Sluice
import SluiceTesting

@testable import SluiceRedis

/// One run: some instances, one Redis or a cluster, callers, faults, and the laws that hold all the while.
///
/// Everything follows from the seed. It goes through three parts: callers and faults for so many steps; then the
/// faults stop, and everybody has to be answered, and by Redis again; then everything ends, and nothing may be left.
final class Simulation {
    /// What kind of run the seed makes it.
    struct Kind {
        var isCluster: Bool
        var instances: Int
        var lanes: Int
        /// Without faults nobody may be decided for without Redis.
        var isCalm: Bool
        /// The longest time between two faults.
        var faultPause: Int64
        /// The longest time between two requests of an instance.
        var gap: Int64
        /// How wrong the servers' clocks are against each other at most.
        var skew: Int64
        /// Whether all callers rest at the same time now and then, and come back all at once.
        var hasRests: Bool

        init(_ random: inout SplitMix64) {
            isCluster = random.chance(50)
            instances = Int(random.number(in: 1...3))
            lanes = Int(random.number(in: 1...2))
            isCalm = random.chance(15)
            faultPause = random.pick([60, 300, 1_000]) * Simulation.milliseconds
            gap = random.pick([300_000, 2_000_000, 10_000_000])
            hasRests = random.chance(50)
            skew = isCluster && random.chance(30) ? 2 * Simulation.milliseconds : 0
        }
    }

    static let milliseconds: Int64 = 1_000_000
    /// How long a decision may take.
    static let timeout = Duration.milliseconds(250)

    let world: SimulatedWorld
    let network: SimulatedNetwork
    let kind: Kind
    private(set) var servers: [SimulatedRedis] = []
    private(set) var cluster: SimulatedCluster?
    var instances: [SimulatedInstance] = []
    /// Those that have ended or were killed.
    private var former: [SimulatedInstance] = []
    private var lastHost = 0
    let laws: SimulatedLaws
    /// Whether callers go on and faults happen.
    var isPressed = true

    /// - Parameter change: Makes another kind of run of it than the seed does.
    init(seed: UInt64, _ change: (inout Kind) -> Void = { _ in }) throws {
        world = SimulatedWorld(seed: seed)
        network = SimulatedNetwork(world)
        var kind = Kind(&world.random)
        change(&kind)
        self.kind = kind
        let clockOffset = world.random.number(in: 1...2_000_000_000) * 1_000_000_000 / 1_000 * 1_000
        laws = SimulatedLaws(world, clockOffset: clockOffset, slack: 5 * kind.skew)
        makeServers(clockOffset)
        for _ in 0..<kind.instances { try begin() }
    }

    private func makeServers(_ clockOffset: Int64) {
        servers = (0..<(kind.isCluster ? 6 : 1)).map { place in
            let wrong = world.random.number(in: -kind.skew...kind.skew)
            return SimulatedRedis(
                world, .tcp(host: "10.0.0.\(place + 1)", port: 6_379), clockOffset: clockOffset + wrong)
        }
        for server in servers { network.servers[server.address] = server }
        guard kind.isCluster else { return }
        let bounds = [0, 5_461, 10_923, 16_384]
        cluster = SimulatedCluster(
            world,
            (0..<3).map { place in
                SimulatedCluster.Shard(
                    slots: bounds[place]...(bounds[place + 1] - 1), master: servers[place], replica: servers[place + 3])
            })
    }

    private var store: RedisStore {
        var configuration = RedisConfiguration(addresses: servers.prefix(2).map(\.address))
        configuration.topology = kind.isCluster ? .cluster : .single
        configuration.commandTimeout = Self.timeout
        var store = RedisStore(configuration)
        store.rememberedDenials = 256
        store.callsInFlight = 4
        store.decisionsPerCall = 8
        return store
    }

    /// Starts another instance, whose callers begin to ask.
    func begin() throws {
        lastHost += 1
        let instance = try SimulatedInstance(world, network, host: lastHost, store: store, lanes: kind.lanes)
        instances.append(instance)
        let callers = SimulatedCallers(self, instance)
        callers.begin()
    }

    /// Kills an instance and starts another in its place.
    func replace(_ instance: SimulatedInstance) throws {
        instances.removeAll { $0 === instance }
        former.append(instance)
        instance.kill(network)
        try begin()
    }

    // MARK: The run

    /// Goes through all of it.
    /// - Parameter steps: How long callers and faults go on.
    /// - Returns: The law that was broken, if one was.
    func run(steps: Int) -> String? {
        if !kind.isCalm { SimulatedFaults(self).begin() }
        world.run(until: .max) { world.steps >= steps }
        if kind.isCalm, laws.degraded > 0 { world.breaks("Redis is well, and decisions are made without it") }
        settle()
        recover()
        finish()
        return broken
    }

    /// The law that was broken, if one was, and what it takes to see it again.
    var broken: String? {
        world.violation.map { "\($0); SLUICE_SIMULATION_SEED=\(world.seed) replays it; \(kind)" }
    }

    /// The faults stop and nobody asks any more: everybody is answered.
    private func settle() {
        isPressed = false
        network.heal()
        for server in servers {
            server.heal()
            if !server.isUp { server.restart(loadingFor: 0) }
        }
        cluster?.heal()
        world.run(until: world.now + 3_000 * Self.milliseconds) { laws.open == 0 }
        if laws.open > 0 { world.breaks("\(laws.open) requests are never answered") }
    }

    /// Redis decides again, for everybody; and when it has had time to, it has all its units again.
    private func recover() {
        let end = world.now + 30_000 * Self.milliseconds
        // A breaker closes when three calls in a row have gone well.
        var good = 0
        while world.violation == nil, good < 4, world.now < end { good = laws.probe(instances) == 0 ? good + 1 : 0 }
        if good < 4 { world.breaks("Redis is well, and decisions are still made without it") }
        world.run(until: world.now + 5_000 * Self.milliseconds)
        laws.probeWhole(instances)
    }

    /// Everything ends, and nothing is left.
    private func finish() {
        for instance in instances { instance.end() }
        former += instances
        instances = []
        world.run(until: world.now + 5_000 * Self.milliseconds)
        for instance in former {
            if let rest = instance.remains(network) {
                world.breaks("what is left of instance \(instance.host): \(rest)")
            }
        }
        if laws.open > 0 { world.breaks("\(laws.open) requests are never answered") }
    }
}
