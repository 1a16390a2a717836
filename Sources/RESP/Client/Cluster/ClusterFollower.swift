import Logging
import NIOCore

/// Carries out what ``ClusterStateMachine`` decides, for one lane and on its event loop.
final class ClusterFollower {
    private var machine: ClusterStateMachine
    private let pool: NodePool
    private let eventLoop: any EventLoop
    private let settings: RedisTopologySettings
    private let isEncrypted: Bool
    private var outages: OutageLog
    /// The open nodes by their index in the map.
    private var nodes: [RedisNode?] = []
    private var timer: Scheduled<Void>?
    /// Why the last node that was asked did not tell.
    private var lastError: RedisError?
    /// Called when requests that wait should look again.
    var onChange: (() -> Void)?

    init(
        seeds: [NodeAddress], pool: NodePool, eventLoop: any EventLoop, settings: RedisTopologySettings,
        isEncrypted: Bool, logger: Logger, randomSeed: UInt64
    ) {
        machine = ClusterStateMachine(seeds: seeds, settings: settings, randomSeed: randomSeed)
        self.pool = pool
        self.eventLoop = eventLoop
        self.settings = settings
        self.isEncrypted = isEncrypted
        outages = OutageLog(
            logger, outage: "no node tells the cluster's slots", recovery: "the cluster's slots are known again")
    }

    func start() { perform(machine.start()) }

    func close() {
        machine.close()
        timer?.cancel()
        timer = nil
        onChange = nil
    }

    // MARK: Requests

    @inline(__always)
    func destination(for slot: HashSlot?) -> Destination {
        switch machine.route(slot) {
        case .node(let index): nodes[index].map { .node($0) } ?? .pause
        case .wait: .wait
        case .unassigned: .pause
        case .unavailable: .unavailable(unavailable)
        }
    }

    func node(for slot: HashSlot?) -> RoutedNode? {
        guard case .node(let index) = machine.route(slot), let node = nodes[index] else { return nil }
        return RoutedNode(index: index, node: node)
    }

    /// A request was refused in a way that may tell of a change.
    func refused(_ refusal: RefusedReply, by source: NodeAddress) {
        switch refusal {
        case .moved(let slot, let endpoint):
            guard let address = endpoint.address(askedAt: source, settings) else {
                return perform(machine.refreshWanted(now: eventLoop.now))
            }
            let action = machine.moved(slot, to: address, now: eventLoop.now)
            openNodes()
            perform(action)
        // A slot that is on its way is no news: the map changes when it has arrived.
        case .ask, .tryAgain: break
        case .clusterDown, .loading, .masterDown, .readOnly: refreshWanted()
        }
    }

    func refreshWanted() { perform(machine.refreshWanted(now: eventLoop.now)) }

    func statusChanged(of node: RedisNode, to status: RedisNode.Status) {
        guard case .backingOff = status else { return }
        perform(machine.disconnected(node.address, now: eventLoop.now))
    }

    private var unavailable: RedisError {
        RedisError(
            .unavailable, "no node of the cluster tells its slots: are the addresses right, and is it a cluster?",
            cause: lastError)
    }

    // MARK: Actions

    private func perform(_ action: ClusterStateMachine.Action) {
        switch action {
        case .none: break
        case .ask(let address): ask(address, TopologyQuestion.clusterShards)
        case .wake(let moment): wake(moment)
        case .apply(let leaving, let moment):
            outages.works()
            openNodes()
            for address in leaving { pool.close(address) }
            if let moment { wake(moment) }
            onChange?()
        case .giveUp(let moment):
            outages.failed(lastError)
            wake(moment)
            onChange?()
        }
    }

    /// Has a node for each place of the map. Connections are made before the first request wants them.
    private func openNodes() {
        // Copied first: an attempt that fails at once comes back here.
        let addresses = machine.map.nodes
        nodes = addresses.map { address in address.map { pool.open($0) } }
    }

    private func wake(_ moment: NIODeadline) {
        timer?.cancel()
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: moment) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        let isConnected = { [pool] (address: NodeAddress) in pool[address]?.status == .ready }
        perform(machine.timerFired(isConnected: isConnected, now: eventLoop.now))
    }

    private func ask(_ address: NodeAddress, _ question: ByteBuffer) {
        let deadline = eventLoop.now + TimeAmount(settings.questionTimeout)
        pool.open(address).send(question, deadline: deadline) { [weak self] result in
            self?.answered(result, to: question, by: address)
        }
    }

    private func answered(_ result: Result<RESPValue, RedisError>, to question: ByteBuffer, by address: NodeAddress) {
        let reader = ClusterTopologyReply(source: address, isEncrypted: isEncrypted, addressMap: settings.addressMap)
        let isFirst = question == TopologyQuestion.clusterShards
        let shards: [SlotMap.Shard]?
        switch result {
        // Before version 7 there are no shards, and a user may be allowed only one of the two.
        case .success(.error) where isFirst: return ask(address, TopologyQuestion.clusterSlots)
        case .success(.error(let reply)):
            lastError = .rejected(reply)
            shards = nil
        case .success(let value): shards = isFirst ? reader.shards(value) : reader.slots(value)
        case .failure(let error):
            lastError = error
            shards = nil
        }
        let now = eventLoop.now
        if let shards {
            perform(machine.answered(shards, by: address, open: pool.addresses, now: now))
        } else {
            let action = machine.failed(address, now: now)
            // The next question to it begins with a new connection instead of waiting for the old one's back-off.
            if machine.map.index(of: address) == nil { pool.close(address) }
            perform(action)
        }
    }
}
