import Logging
import NIOCore

/// Carries out what ``SentinelStateMachine`` decides, for one lane and on its event loop.
final class MasterFollower {
    private var machine: SentinelStateMachine
    private let masterName: String
    private let pool: NodePool
    private let sentinelPool: NodePool
    private let eventLoop: any EventLoop
    private let settings: RedisTopologySettings
    private let logger: Logger
    private var outages: OutageLog
    private var master: RedisNode?
    private var timer: Scheduled<Void>?
    private var lastError: RedisError?
    private var pollsSinceLearning = 0
    /// Called when requests that wait should look again.
    var onChange: (() -> Void)?

    /// The Sentinels' fellows are asked for once in that many polls.
    private static let pollsPerLearning = 300

    init(
        sentinels: [NodeAddress], masterName: String, pool: NodePool, sentinelPool: NodePool,
        eventLoop: any EventLoop, settings: RedisTopologySettings, logger: Logger, randomSeed: UInt64
    ) {
        machine = SentinelStateMachine(sentinels: sentinels, settings: settings, randomSeed: randomSeed)
        self.masterName = masterName
        self.pool = pool
        self.sentinelPool = sentinelPool
        self.eventLoop = eventLoop
        self.settings = settings
        self.logger = logger
        outages = OutageLog(
            logger, outage: "no Sentinel leads to a master", recovery: "Sentinels lead to a master again")
    }

    func start() { perform(machine.start()) }

    func close() {
        machine.close()
        timer?.cancel()
        timer = nil
        onChange = nil
        sentinelPool.closeAll()
    }

    // MARK: Requests

    @inline(__always)
    func destination() -> Destination {
        if let master { return .node(master) }
        switch machine.phase {
        case .idle, .asking, .verifying: return .wait
        case .following, .degraded, .closed: return .unavailable(unavailable)
        }
    }

    var sentinels: [NodeAddress] { machine.sentinels }

    func node() -> RoutedNode? { master.map { RoutedNode(index: 0, node: $0) } }

    /// A request was refused in a way that may tell of a change.
    func refused(_ refusal: RefusedReply) {
        switch refusal {
        case .readOnly, .masterDown: perform(machine.doubted(now: eventLoop.now))
        case .moved, .ask, .tryAgain, .clusterDown, .loading: break
        }
    }

    func statusChanged(of node: RedisNode, to status: RedisNode.Status) {
        guard case .backingOff = status, node === master else { return }
        perform(machine.doubted(now: eventLoop.now))
    }

    private var unavailable: RedisError {
        RedisError(
            .unavailable, "no Sentinel leads to a master called \(masterName): are name and addresses right?",
            cause: lastError)
    }

    // MARK: Actions

    private func perform(_ action: SentinelStateMachine.Action) {
        switch action {
        case .none: break
        case .askMaster(let sentinel): askMaster(of: sentinel)
        case .askRole(let address): askRole(of: address)
        case .follow(let address, let former, let sentinel, let moment):
            outages.works()
            logger.info("follows a master", metadata: ["master": "\(address)"])
            master = pool.open(address)
            if let former { pool.close(former) }
            wake(moment)
            learn(from: sentinel)
            onChange?()
        case .stay(let moment):
            outages.works()
            wake(moment)
            learnAtTimes()
        case .wake(let moment): wake(moment)
        case .giveUp(let moment):
            outages.failed(lastError)
            wake(moment)
            onChange?()
        }
    }

    private func wake(_ moment: NIODeadline) {
        timer?.cancel()
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: moment) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        perform(machine.timerFired(now: eventLoop.now))
    }

    private var deadline: NIODeadline { eventLoop.now + TimeAmount(settings.questionTimeout) }

    private func askMaster(of sentinel: NodeAddress) {
        let question = TopologyQuestion.masterAddress(of: masterName)
        sentinelPool.open(sentinel).send(question, deadline: deadline) { [weak self] result in
            self?.named(result, by: sentinel)
        }
    }

    private func named(_ result: Result<RESPValue, RedisError>, by sentinel: NodeAddress) {
        note(result)
        if case .success(let value) = result, let address = SentinelReply.address(value) {
            return perform(machine.named(settings.addressMap(address), by: sentinel, now: eventLoop.now))
        }
        // The next question to it begins with a new connection instead of waiting for the old one's back-off.
        if case .failure = result { sentinelPool.close(sentinel) }
        perform(machine.sentinelFailed(sentinel, now: eventLoop.now))
    }

    private func askRole(of address: NodeAddress) {
        pool.open(address).send(TopologyQuestion.role, deadline: deadline) { [weak self] result in
            self?.answeredRole(result, by: address)
        }
    }

    private func answeredRole(_ result: Result<RESPValue, RedisError>, by address: NodeAddress) {
        note(result)
        if case .success(let value) = result, value.elements?.first?.text == "master" {
            return perform(machine.confirmed(address, now: eventLoop.now))
        }
        if address != machine.master { pool.close(address) }
        perform(machine.denied(address, now: eventLoop.now))
    }

    private func note(_ result: Result<RESPValue, RedisError>) {
        switch result {
        case .success(.error(let reply)): lastError = .rejected(reply)
        case .success: break
        case .failure(let error): lastError = error
        }
    }

    private func learnAtTimes() {
        pollsSinceLearning += 1
        if pollsSinceLearning >= Self.pollsPerLearning, let first = machine.sentinels.first { learn(from: first) }
    }

    private func learn(from sentinel: NodeAddress) {
        pollsSinceLearning = 0
        let question = TopologyQuestion.sentinels(of: masterName)
        sentinelPool.open(sentinel).send(question, deadline: deadline) { [weak self] result in
            guard let self, case .success(let value) = result else { return }
            machine.learned(SentinelReply.sentinels(value).map(settings.addressMap))
        }
    }
}
