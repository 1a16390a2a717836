package import Logging
package import NIOCore

/// Listens to a channel on a connection of its own, which is opened again whenever it ends.
///
/// Of several nodes any will do in a cluster, which hands messages on; behind Sentinels it is the master of the moment.
///
/// Its state is not protected by a lock: everything that reads or writes it runs on the event loop, which is one
/// thread. So it can be passed between threads.
package final class RedisSubscription: @unchecked Sendable {
    /// What is told, in this order and on the event loop.
    package enum Event: Sendable {
        /// From now on no message is missed.
        case listening
        case message(ByteBuffer)
        /// Messages may be missed until it listens again.
        case lost
    }

    private let configuration: RedisConfiguration
    private let channel: String
    private let heartbeat: TimeAmount
    private let lane: RedisLane
    private let eventLoop: any EventLoop
    private let connector: any NodeConnector
    private let random: @Sendable () -> Double
    private var outages: OutageLog
    private let listener: @Sendable (Event) -> Void

    private var connection: SubscriptionConnection?
    private var address: NodeAddress?
    private var isListening = false
    private var isClosed = false
    private var failures = 0
    private var nextAttempt: Scheduled<Void>?
    private var tls: TLSSetup?

    /// - Parameters:
    ///   - lane: Knows the nodes; its event loop is used.
    ///   - heartbeat: A server that has said nothing for two of them is taken for lost.
    package init(
        _ channel: String, lane: RedisLane, heartbeat: Duration, logger: Logger,
        connector: any NodeConnector = SocketConnector(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        listener: @escaping @Sendable (Event) -> Void
    ) {
        configuration = lane.configuration
        self.channel = channel
        self.heartbeat = TimeAmount(heartbeat)
        self.lane = lane
        eventLoop = lane.eventLoop
        self.connector = connector
        self.random = random
        self.listener = listener
        outages = OutageLog(logger, outage: "no messages arrive", recovery: "messages arrive again")
    }

    /// Begins to listen, and keeps at it.
    package func start() { eventLoop.execute { self.connect() } }

    /// Listens no longer.
    package func close() async {
        try? await eventLoop.submit {
            self.isClosed = true
            self.nextAttempt?.cancel()
            self.nextAttempt = nil
            self.connection?.end(RedisError(.closed, "the subscription was closed"))
        }.get()
    }

    // MARK: - Connecting

    private func connect() {
        guard !isClosed, connection == nil else { return }
        nextAttempt = nil
        guard let address = nextAddress else { return retry(nil) }
        self.address = address
        let connection = SubscriptionConnection(
            configuration, channel: channel, heartbeat: heartbeat, eventLoop: eventLoop, owner: self)
        self.connection = connection
        do {
            if tls == nil, let settings = configuration.tls { tls = try TLSSetup(settings) }
        } catch {
            return connection.end(error)
        }
        open(connection, address)
    }

    private func open(_ connection: SubscriptionConnection, _ address: NodeAddress) {
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let tls = tls
        let opening = connector.connect(
            to: address, on: eventLoop, within: TimeAmount(configuration.connectTimeout)
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls { try tls.addHandler(to: channel, for: address) }
                try channel.pipeline.syncOperations.addHandler(bound.value)
            }
        }
        opening.whenFailure { error in
            bound.value.end(RedisError(.notConnected, "\(address) cannot be connected to", cause: error))
        }
    }

    /// The node that requests go to; while nobody knows one, those that were named, in turn.
    private var nextAddress: NodeAddress? {
        if failures.isMultiple(of: 2), let node = lane.node(for: nil)?.node { return node.address }
        if case .sentinel = configuration.topology { return nil }
        return configuration.addresses[failures / 2 % configuration.addresses.count]
    }

    private func retry(_ error: RedisError?) {
        guard !isClosed else { return }
        failures += 1
        outages.failed(error)
        let delay = configuration.backOff.delay(failures: failures, using: random)
        nextAttempt = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [weak self] in self?.connect() }
    }

    /// Behind Sentinels a master that has been replaced hears nothing any more, and does not know.
    private func followMaster() {
        guard case .sentinel = configuration.topology, isListening, !isClosed else { return }
        if let master = lane.node(for: nil)?.node.address, master != address {
            connection?.end(RedisError(.connectionLost, "another server is the master now"))
        } else {
            eventLoop.assumeIsolated().scheduleTask(in: heartbeat) { [weak self] in self?.followMaster() }
        }
    }
}

extension RedisSubscription: SubscriptionConnectionOwner {
    func connectionListens(_ connection: SubscriptionConnection) {
        failures = 0
        outages.works()
        isListening = true
        listener(.listening)
        followMaster()
    }

    func connection(_ connection: SubscriptionConnection, heard message: ByteBuffer) { listener(.message(message)) }

    func connectionEnded(_ connection: SubscriptionConnection, _ error: RedisError) {
        guard self.connection === connection else { return }
        self.connection = nil
        if isListening {
            isListening = false
            listener(.lost)
        }
        retry(error)
    }
}
