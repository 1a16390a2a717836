import Logging
import NIOCore
import RESP
import Sluice
import SluiceTesting

@testable import SluiceRedis

/// A clock that is wrong by any offset and runs wrong by some millionths.
///
/// Sendable: everything happens on the simulation's one thread.
struct SimulatedClock: TimeProvider, @unchecked Sendable {
    let world: SimulatedWorld
    let offset: Int64
    let drift: Int64

    func now() -> Timestamp {
        Timestamp(nanoseconds: offset + world.now + world.now / 1_000_000 * drift)
    }

    func sleep(until moment: Timestamp) async throws { throw CancellationError() }
}

/// One process: a shared limiter with its event loops, its clock and its callers.
final class SimulatedInstance {
    let world: SimulatedWorld
    let host: Int
    let loops: [SimulatedEventLoop]
    let connector: SimulatedConnector
    /// The limiter; nothing once the process has ended.
    private(set) var limiter: SharedLimiter?
    private weak var remembered: SharedLimiter?
    private let storeLanes: [StoreLane]
    private let lanes: [RedisLane]
    private var policies: [String: SharedPolicy] = [:]
    /// Whether its process was killed: nobody hears its answers any more.
    private(set) var isKilled = false

    init(
        _ world: SimulatedWorld, _ network: SimulatedNetwork, host: Int, store: RedisStore, lanes laneCount: Int
    ) throws {
        self.world = world
        self.host = host
        loops = (0..<laneCount).map { _ in
            SimulatedEventLoop(world, offset: world.random.number(in: 0...1_000_000_000_000))
        }
        connector = SimulatedConnector(network, host: host)
        var store = store
        store.lanes = laneCount
        let clock = SimulatedClock(
            world: world, offset: world.random.number(in: 0...2_000_000_000_000_000_000),
            drift: world.random.number(in: -500...500))
        let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
        let limiter = try SharedLimiter(
            SimulatedPolicies.all(), store: store, time: .provided(by: clock), group: SimulatedGroup(loops),
            logger: logger, connector: connector, randomSeed: world.random.next())
        self.limiter = limiter
        remembered = limiter
        storeLanes = limiter.lanes
        lanes = limiter.client.lanes
    }

    /// For how long its event loops were busy, together.
    var busy: Int64 { loops.reduce(0) { $0 + $1.busy } }

    /// A policy, looked up anew after each reload now and then.
    func policy(_ name: String) throws -> SharedPolicy? {
        if let known = policies[name], !world.once(in: 50) { return known }
        policies[name] = try limiter?.policy(name)
        return policies[name]
    }

    /// Runs something on one of its event loops, or on another thread.
    func run(_ body: @escaping () -> Void) {
        if world.once(in: 2) { world.random.pick(loops).enqueue(body) } else { body() }
    }

    /// Puts the same policies in force once more: everything that was borrowed goes back.
    func reload() throws { try limiter?.replacePolicies(with: SimulatedPolicies.all()) }

    /// The process is killed: its connections end, its callers are gone.
    func kill(_ network: SimulatedNetwork) {
        isKilled = true
        connector.isGone = true
        network.cut { $0.host == host }
        end()
    }

    /// Gives back what was borrowed and closes the connections, as a limiter does that nobody has any more.
    func end() {
        guard let limiter else { return }
        if !isKilled { limiter.returns.giveBack(limiter.lots.allLots(at: limiter.now().nanoseconds)) }
        limiter.upkeep.stop(closing: limiter.client)
        policies = [:]
        self.limiter = nil
    }

    /// What is still there of it once everything has ended.
    func remains(_ network: SimulatedNetwork) -> String? {
        for lane in lanes where lane.outstanding != 0 { return "\(lane.outstanding) requests of a lane" }
        for lane in storeLanes where lane.load != 0 { return "\(lane.load) requests or calls of a store's lane" }
        if loops.contains(where: { !$0.isIdle }) { return "tasks or timers of an event loop" }
        if network.links.contains(where: { $0.host == host }) { return "a connection" }
        return remembered == nil ? nil : "the limiter"
    }
}
