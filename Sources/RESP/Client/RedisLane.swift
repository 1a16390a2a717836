package import Logging
package import NIOCore

/// One event loop's way to Redis: its own connections, one for each node, to a single server, to the master that
/// Sentinels name, or to a cluster.
///
/// Finds the node for each request and follows redirects. A request that a server refused without executing it is sent
/// again, a bounded number of times and within its deadline; nothing else ever is.
///
/// Its state is not protected by a lock: every door checks that it is entered on the event loop, which is one thread.
/// So it can be passed between threads.
package final class RedisLane: @unchecked Sendable {
    package let eventLoop: any EventLoop
    package let configuration: RedisConfiguration
    package let settings: RedisTopologySettings
    /// Called whenever the status of one of the nodes that serve has changed, on the event loop.
    package var onStatusChange: ((RedisNode, RedisNode.Status) -> Void)?

    private let pool: NodePool
    private let topology: LaneTopology
    private var waiting: WaitingRequests
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var isClosed = false
    private var whenDrained: [() -> Void] = []
    /// Requests whose completion has not been called.
    package private(set) var outstanding = 0

    /// A lane that connects with ``start()``. Can be made anywhere.
    ///
    /// - Parameters:
    ///   - connector: Opens channels; sockets unless a test says otherwise.
    ///   - randomSeed: What pauses and the choice of nodes follow from.
    package init(
        _ configuration: RedisConfiguration, settings: RedisTopologySettings = RedisTopologySettings(),
        eventLoop: any EventLoop, logger: Logger, connector: any NodeConnector = SocketConnector(),
        randomSeed: UInt64 = .random(in: 0 ... .max)
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.settings = settings
        var seeds = SplitMix(seed: randomSeed)
        pool = NodePool(
            configuration, eventLoop: eventLoop, connector: connector, logger: logger, randomSeed: seeds.next())
        topology = LaneTopology(
            configuration, settings, pool, eventLoop: eventLoop, connector: connector, logger: logger,
            randomSeed: seeds.next())
        waiting = WaitingRequests(bound: settings.maximumWaiting)
    }

    /// Connects, and finds out the topology.
    package func start() {
        eventLoop.preconditionInEventLoop()
        guard !isClosed else { return }
        pool.onStatusChange = { [weak self] node, status in
            self?.topology.statusChanged(of: node, to: status)
            self?.onStatusChange?(node, status)
        }
        topology.start { [weak self] in self?.topologyChanged() }
    }

    /// Sends a request of one command to the node that serves its slot.
    ///
    /// - Parameters:
    ///   - slot: The slot of the command's keys, or nil if any node will do. Only a cluster looks at it.
    ///   - deadline: Until when the reply has to come, over all redirects.
    ///   - completion: Called exactly once, on the event loop; before this returns if the request is refused. An error
    ///     reply is a success; a refusal that proves that nothing was executed only comes when nothing helped.
    package func send(
        _ request: ByteBuffer, slot: HashSlot? = nil, deadline: NIODeadline, completion: @escaping ReplyCompletion
    ) {
        eventLoop.preconditionInEventLoop()
        outstanding += 1
        let request = LaneRequest(bytes: request, slot: slot, deadline: deadline, completion: completion)
        guard !isClosed else {
            return finish(request, .failure(RedisError(.closed, "the client was closed: make another")))
        }
        route(request)
    }

    /// The node that a request for a slot would go to now, or nil if that is not known.
    package func node(for slot: HashSlot?) -> RoutedNode? {
        eventLoop.preconditionInEventLoop()
        return topology.node(for: slot)
    }

    /// The nodes that are connected to, in the order in which they were opened.
    package var nodes: [RedisNode] {
        eventLoop.preconditionInEventLoop()
        return pool.open
    }

    /// The Sentinels that it knows of, best first; none if it follows none.
    package var sentinels: [NodeAddress] {
        eventLoop.preconditionInEventLoop()
        return topology.sentinels
    }

    /// Refuses what comes and what waits, finishes what was sent, and ends all connections.
    ///
    /// - Parameter completion: Called on the event loop when every request has its completion.
    package func close(completion: @escaping () -> Void = {}) {
        eventLoop.preconditionInEventLoop()
        whenDrained.append(completion)
        if !isClosed {
            isClosed = true
            timer?.cancel()
            timer = nil
            topology.close()
            pool.onStatusChange = nil
            pool.closeAll()
            for request in waiting.takeAll() {
                finish(request, .failure(RedisError(.closed, "the client was closed before it was sent")))
            }
        }
        tellIfDrained()
    }
}

// MARK: - A request's way

extension RedisLane {
    private func route(_ request: LaneRequest) {
        switch topology.destination(for: request.slot) {
        case .node(let node): transmit(request, to: node)
        case .wait: park(request)
        case .unavailable(let error): finish(request, .failure(error))
        case .pause:
            topology.refreshWanted()
            pause(request, orElse: .failure(Self.unserved(request.slot)))
        }
    }

    private func transmit(_ request: LaneRequest, to node: RedisNode) {
        node.send(request.bytes, deadline: request.deadline) { [self] result in
            answered(request, result, by: node)
        }
    }

    /// Both commands are one request of the node, so nothing comes between them.
    private func transmitAsking(_ request: LaneRequest, to node: RedisNode) {
        let bytes = TopologyQuestion.asking(request.bytes)
        node.send(bytes, replies: 2, deadline: request.deadline) { [self] result in
            answered(request, result.map { $0.elements?.last ?? $0 }, by: node)
        }
    }

    private func answered(_ request: LaneRequest, _ result: Result<RESPValue, RedisError>, by node: RedisNode) {
        switch result {
        case .success(.error(let reply)):
            guard let refusal = RefusedReply(reply) else { return finish(request, result) }
            refused(request, refusal, result, by: node)
        case .failure(let error) where error.code == .closed && !error.mayHaveRun && !isClosed:
            // The node left the topology before it could send anything.
            pause(request, orElse: result)
        case .success, .failure: finish(request, result)
        }
    }

    private func refused(
        _ request: LaneRequest, _ refusal: RefusedReply, _ result: Result<RESPValue, RedisError>, by node: RedisNode
    ) {
        guard !isClosed else { return finish(request, result) }
        topology.refused(refusal, by: node.address)
        guard topology.follows(refusal) else { return finish(request, result) }
        var request = request
        let step = request.redirection.step(
            after: refusal, from: node.address, now: eventLoop.now, deadline: request.deadline, settings: settings)
        take(step, request, orElse: result)
    }

    /// - Parameter result: What whoever asked gets if the request goes nowhere any more.
    private func take(
        _ step: Redirection.Step, _ request: LaneRequest, orElse result: Result<RESPValue, RedisError>
    ) {
        switch step {
        case .to(let address, asking: false): transmit(request, to: pool.open(address))
        case .to(let address, asking: true): transmitAsking(request, to: pool.open(address))
        case .later(let due):
            guard waiting.add(request, until: due) else { return finish(request, result) }
            setTimer()
        case .handUp: finish(request, result)
        }
    }

    /// Sends a request that nobody took a little later to whoever serves it then.
    private func pause(_ request: LaneRequest, orElse result: Result<RESPValue, RedisError>) {
        var request = request
        let step = request.redirection.pause(now: eventLoop.now, deadline: request.deadline, settings: settings)
        take(step, request, orElse: result)
    }

    private func finish(_ request: LaneRequest, _ result: Result<RESPValue, RedisError>) {
        outstanding -= 1
        request.completion(result)
        if isClosed { tellIfDrained() }
    }

    private func tellIfDrained() {
        guard outstanding == 0 else { return }
        let told = whenDrained
        whenDrained = []
        for tell in told { tell() }
    }

    private static func unserved(_ slot: HashSlot?) -> RedisError {
        let name = slot.map { "slot \($0)" } ?? "the request"
        return RedisError(.unavailable, "no node serves \(name): the cluster is incomplete")
    }
}

// MARK: - Waiting

extension RedisLane {
    private func park(_ request: LaneRequest) {
        guard waiting.add(request, until: nil) else {
            let message = "\(waiting.count) requests wait for the topology already"
            return finish(request, .failure(RedisError(.queueFull, message)))
        }
        setTimer()
    }

    private func topologyChanged() {
        for request in waiting.takeUntimed() { route(request) }
        setTimer()
    }

    private func setTimer() {
        guard waiting.wakeUp != timerDeadline else { return }
        timer?.cancel()
        timer = nil
        timerDeadline = waiting.wakeUp
        guard timerDeadline < .distantFuture else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: timerDeadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .distantFuture
        let (due, late) = waiting.take(now: eventLoop.now)
        setTimer()
        for request in due { route(request) }
        for request in late {
            finish(request, .failure(RedisError(.timedOut, "no node could take it before the deadline")))
        }
    }
}
