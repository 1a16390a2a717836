import RESP
import SluiceTesting

/// What goes wrong, one thing after the other and some at a time.
final class SimulatedFaults {
    private enum Fault: CaseIterable {
        case cutOne, cutServer, block, freeze, slow, crash, loseData, flushFunctions, refuse, stall, kill, replicate,
            failOver, loseWrites, moveSlots, clusterDown
    }

    private static let refusals = [
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        "-BUSY Redis is busy running a script.\r\n",
        "-LOADING Redis is loading the dataset in memory\r\n",
        "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        "-READONLY You can't write against a read only replica.\r\n",
        "-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
        "-ERR Function not found\r\n",
        "-NOREPLICAS Not enough good replicas to write.\r\n",
    ]

    private let simulation: Simulation
    private var world: SimulatedWorld { simulation.world }
    /// Kinds that this run has.
    private let kinds: [Fault]

    init(_ simulation: Simulation) {
        self.simulation = simulation
        let isCluster = simulation.kind.isCluster
        let possible = Fault.allCases.filter { fault in
            isCluster || ![.replicate, .failOver, .loseWrites, .moveSlots, .clusterDown].contains(fault)
        }
        // Not everything goes wrong in every run: what some faults hide others show.
        let chosen = possible.filter { _ in simulation.world.once(in: 2) }
        kinds = chosen.isEmpty ? possible : chosen
    }

    func begin() { next() }

    private func next() {
        world.after(world.random.number(in: 1_000_000...simulation.kind.faultPause)) { [self] in
            guard simulation.isPressed, world.violation == nil else { return }
            let fault = world.random.pick(kinds)
            world.note(UInt64(Fault.allCases.firstIndex(of: fault) ?? 0))
            happen(fault)
            next()
        }
    }

    private func milliseconds(_ range: ClosedRange<Int64>) -> Int64 { world.random.number(in: range) * 1_000_000 }

    private func happen(_ fault: Fault) {
        let server = world.random.pick(simulation.servers)
        let instance = world.random.pick(simulation.instances)
        switch fault {
        case .cutOne:
            guard !simulation.network.links.isEmpty else { return }
            let link = world.random.pick(simulation.network.links)
            link.cut()
        case .cutServer: simulation.network.cut { $0.server === server }
        case .block: simulation.network.block(instance.host, server.address, for: milliseconds(10...2_000))
        case .freeze: server.freeze(for: milliseconds(5...1_200))
        case .slow: server.slowness = world.random.pick([1, 5, 50, 500])
        case .crash: crash(server, losingData: false)
        case .loseData: crash(server, losingData: true)
        case .flushFunctions: server.functions = []
        case .refuse:
            let text = world.random.pick(Self.refusals)
            server.refusals = Array(repeating: text, count: Int(world.random.number(in: 1...8)))
        case .stall: world.random.pick(instance.loops).stall(for: milliseconds(1...60))
        case .kill:
            do { try simulation.replace(instance) } catch { world.breaks("an instance does not start: \(error)") }
        case .replicate, .failOver, .loseWrites, .moveSlots, .clusterDown: changeCluster(fault)
        }
    }

    private func changeCluster(_ fault: Fault) {
        guard let cluster = simulation.cluster else { return }
        let shard = Int(world.random.number(in: 0...Int64(cluster.shards.count - 1)))
        switch fault {
        case .failOver: cluster.failOver(shard, losingWrites: false)
        case .loseWrites:
            cluster.failOver(shard, losingWrites: true)
            simulation.laws.dataLost()
        case .moveSlots: cluster.advanceMove()
        case .clusterDown: cluster.goDown(for: milliseconds(1...100))
        default: cluster.replicate()
        }
    }

    private func crash(_ server: SimulatedRedis, losingData: Bool) {
        guard server.isUp else { return }
        server.crash(losingData: losingData)
        simulation.network.cut { $0.server === server }
        if losingData { simulation.laws.dataLost() }
        let isLoading = world.once(in: 2)
        world.after(milliseconds(5...1_500)) { [self] in
            guard !server.isUp else { return }
            server.restart(loadingFor: isLoading && simulation.isPressed ? milliseconds(1...400) : 0)
        }
    }
}
