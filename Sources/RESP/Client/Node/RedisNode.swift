package import Logging
package import NIOCore

/// One shared, pipelined connection to one address, on one event loop.
///
/// It connects with the first command or by ``connect()``, and from then on keeps a connection up, waiting ever longer
/// between attempts that fail. Commands that come while it is down are refused at once, so that whoever sends them can
/// choose; only those of the very first attempt wait for it.
///
/// All functions have to be called on its event loop, save those that are `async`.
///
/// Its state is not protected by a lock: everything that reads or writes it checks that it is on the event loop, which
/// is one thread. So it can be passed between threads.
package final class RedisNode: @unchecked Sendable {
    /// What a node can do at present.
    package enum Status: Hashable, Sendable {
        /// Nobody has asked it for anything.
        case idle
        case connecting
        case ready
        /// The last attempt failed; the next begins then.
        case backingOff(until: NIODeadline)
        /// It was closed by its owner.
        case closed
    }

    /// What a command that was sent is known by.
    package struct Ticket: Hashable, Sendable {
        let attempt: Int
        let number: UInt64
    }

    package let address: NodeAddress
    package let configuration: RedisConfiguration
    package let eventLoop: any EventLoop
    private let logger: Logger
    private var outages: OutageLog
    private let connector: any NodeConnector
    private var random: () -> Double

    private var currentStatus = Status.idle
    private var connection: RedisConnection?
    /// Attempts to connect so far, which tells tickets of one connection from those of the next.
    private var attempt = 0
    /// Attempts in a row that failed or whose connection did not work.
    private var failures = 0
    /// Why there is no connection.
    private var lastError: RedisError?
    private var nextAttempt: Scheduled<Void>?
    private var tls: TLSSetup?
    private var counted = RedisNodeStatistics()
    private var statusChanged: ((Status) -> Void)?

    /// - Parameters:
    ///   - connector: Opens channels; sockets unless a test says otherwise.
    ///   - randomSeed: What pauses between attempts follow from.
    package convenience init(
        address: NodeAddress, configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger,
        connector: any NodeConnector, randomSeed: UInt64
    ) {
        var random = SplitMix(seed: randomSeed)
        self.init(
            address: address, configuration: configuration, eventLoop: eventLoop, logger: logger, connector: connector,
            random: { random.fraction() })
    }

    /// - Parameters:
    ///   - connector: Opens channels; sockets unless a test says otherwise.
    ///   - random: Gives numbers from 0 up to 1, for back-off; called on the event loop only.
    package init(
        address: NodeAddress, configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger,
        connector: any NodeConnector = SocketConnector(),
        random: @escaping () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.address = address
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.connector = connector
        self.random = random
        var logger = logger
        logger[metadataKey: "redis"] = "\(address)"
        self.logger = logger
        outages = OutageLog(logger, outage: "not connected", recovery: "connected again")
    }

    /// What it can do at present.
    package var status: Status {
        eventLoop.preconditionInEventLoop()
        return currentStatus
    }

    /// The version of the protocol that its connection speaks.
    package var version: RESPVersion? {
        eventLoop.preconditionInEventLoop()
        return currentStatus == .ready ? connection?.version : nil
    }

    /// Called whenever ``status`` has changed, on the event loop.
    package var onStatusChange: ((Status) -> Void)? {
        get {
            eventLoop.preconditionInEventLoop()
            return statusChanged
        }
        set {
            eventLoop.preconditionInEventLoop()
            statusChanged = newValue
        }
    }

    /// What happened so far.
    package var statistics: RedisNodeStatistics {
        eventLoop.preconditionInEventLoop()
        var statistics = counted
        if let connection {
            statistics.connections = statistics.connections + connection.counters
            statistics.queued = connection.load
        }
        return statistics
    }

    /// Connects, unless it has begun to already.
    package func connect() {
        eventLoop.preconditionInEventLoop()
        if currentStatus == .idle { startConnecting() }
    }

    /// Sends a request together with all others of this turn of the event loop.
    ///
    /// - Parameters:
    ///   - request: One command or several, as ``RequestWriter`` writes them.
    ///   - replies: How many commands it consists of. The replies of several come as one array.
    ///   - deadline: Until when the reply has to come.
    ///   - completion: Called exactly once, on the event loop; before this returns if the request is refused.
    /// - Returns: What ``cancel(_:)`` knows it by; `nil` if it was refused.
    @discardableResult
    package func send(
        _ request: ByteBuffer, replies: Int = 1, deadline: NIODeadline, completion: @escaping ReplyCompletion
    ) -> Ticket? {
        eventLoop.preconditionInEventLoop()
        if currentStatus == .idle { startConnecting() }
        guard let connection, currentStatus == .ready || failures == 0 else {
            counted.refusedUnconnected += 1
            completion(.failure(refusal))
            return nil
        }
        let number = connection.send(request, replies: replies, deadline: deadline, completion: completion)
        return number.map { Ticket(attempt: attempt, number: $0) }
    }

    /// Forgets a command: its completion gets ``RedisError/Code/cancelled``, its reply is dropped when it comes.
    package func cancel(_ ticket: Ticket) {
        eventLoop.preconditionInEventLoop()
        if ticket.attempt == attempt { connection?.cancel(ticket.number) }
    }

    /// Ends it for good. What is in flight is finished first, at the latest by its deadlines; what comes is refused.
    package func close() {
        eventLoop.preconditionInEventLoop()
        guard currentStatus != .closed else { return }
        nextAttempt?.cancel()
        nextAttempt = nil
        change(to: .closed)
        connection?.drain()
    }

    private var refusal: RedisError {
        if currentStatus == .closed {
            return RedisError(.closed, "the connection to \(address) was closed by its owner")
        }
        // Trying again does not help before somebody corrects it, so that is told rather than the attempts.
        if let lastError, lastError.isMistake { return lastError }
        return RedisError(.notConnected, "\(address) is not connected; it is tried again and again", cause: lastError)
    }

    private func change(to status: Status) {
        currentStatus = status
        statusChanged?(status)
    }
}

// MARK: - Connecting

extension RedisNode {
    private func startConnecting() {
        attempt += 1
        nextAttempt = nil
        let connection = RedisConnection(configuration, eventLoop: eventLoop, owner: self)
        self.connection = connection
        change(to: .connecting)
        // The owner may have closed it on hearing that.
        guard self.connection === connection else { return }
        do {
            if tls == nil, let settings = configuration.tls { tls = try TLSSetup(settings) }
        } catch {
            return connection.end(error)
        }
        open(connection)
    }

    private func open(_ connection: RedisConnection) {
        let boundConnection = NIOLoopBound(connection, eventLoop: eventLoop)
        let address = address
        let tls = tls
        let opening = connector.connect(
            to: address, on: eventLoop, within: TimeAmount(configuration.connectTimeout)
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls { try tls.addHandler(to: channel, for: address) }
                try channel.pipeline.syncOperations.addHandler(boundConnection.value)
            }
        }
        opening.whenFailure { error in
            boundConnection.value.end(RedisError(.notConnected, "\(address) cannot be connected to", cause: error))
        }
    }

    private func retry() {
        failures += 1
        let delay = configuration.backOff.delay(failures: failures, using: random)
        let next = eventLoop.now + TimeAmount(delay)
        nextAttempt = eventLoop.assumeIsolated().scheduleTask(deadline: next) { [weak self] in
            self?.startConnecting()
        }
        change(to: .backingOff(until: next))
    }
}

extension RedisNode: RedisConnectionOwner {
    func connectionBecameReady(_ connection: RedisConnection) {
        counted.connected += 1
        lastError = nil
        logger.debug("connected", metadata: ["protocol": "\(connection.version.rawValue)"])
        if currentStatus == .connecting { change(to: .ready) }
    }

    /// Only a reply proves that the server works: one that takes connections and drops them must not be asked
    /// for the next without a pause.
    func connectionWorks(_ connection: RedisConnection) {
        failures = 0
        outages.works()
    }

    func connectionEnded(_ connection: RedisConnection, _ error: RedisError) {
        guard self.connection === connection else { return }
        self.connection = nil
        counted.connections = counted.connections + connection.counters
        guard currentStatus != .closed else { return }
        if currentStatus == .ready {
            counted.lost += 1
        } else {
            counted.failedAttempts += 1
        }
        lastError = error
        outages.failed(error)
        retry()
    }
}
