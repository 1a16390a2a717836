public import Logging
public import NIOCore
import Synchronization

/// A client of Redis: one server, the master that Sentinels name, or a cluster.
///
/// It has a few lanes, each on an event loop of its own with one pipelined connection to each node, which all callers
/// share: there is nothing to borrow and to give back. Commands of one turn of an event loop leave in one write.
///
/// ```swift
/// let client = RedisClient(RedisConfiguration(addresses: [.tcp(host: "localhost", port: 6379)]), group: group)
/// try await client.execute(Redis.SET("greeting", "hello"))
/// await client.close()
/// ```
///
/// A command that was sent is never sent again, whatever becomes of its connection. The exceptions are those that a
/// server refused without executing them: redirects, and servers that load or fail over, within the command's time.
///
/// Whoever makes a client has to ``close()`` it.
public final class RedisClient: Sendable {
    /// Event loops with their connections.
    package let lanes: [RedisLane]
    /// What it was made from.
    public let configuration: RedisConfiguration
    private let isCluster: Bool
    private let turn = Atomic<Int>(0)

    /// How many lanes there are unless it is said: one event loop nearly saturates one Redis.
    public static let usualLanes = 2

    /// A client that begins to connect at once.
    ///
    /// - Parameters:
    ///   - configuration: Where Redis is and who to be.
    ///   - settings: How redirects and changes of the topology are followed.
    ///   - lanes: How many event loops to use, or nil for two; never more than the group has.
    ///   - group: Event loops, which have to outlive the client.
    ///   - logger: Told of connections that are made and lost.
    public convenience init(
        _ configuration: RedisConfiguration, settings: RedisTopologySettings = RedisTopologySettings(),
        lanes: Int? = nil, group: any EventLoopGroup, logger: Logger = Logger(label: "redis")
    ) {
        self.init(
            configuration, settings: settings, lanes: lanes, group: group, logger: logger, connector: SocketConnector())
    }

    /// A client of what a URL names, as ``RedisConfiguration/init(url:)`` reads it.
    ///
    /// - Throws: ``RedisError/Code/invalidConfiguration`` with what to write instead.
    public convenience init(
        url: String, group: any EventLoopGroup, logger: Logger = Logger(label: "redis")
    ) throws(RedisError) {
        self.init(try RedisConfiguration(url: url), group: group, logger: logger)
    }

    /// - Parameter randomSeed: What pauses and the choice of nodes follow from.
    package init(
        _ configuration: RedisConfiguration, settings: RedisTopologySettings, lanes: Int?, group: any EventLoopGroup,
        logger: Logger, connector: any NodeConnector, randomSeed: UInt64 = .random(in: 0 ... .max)
    ) {
        var seeds = SplitMix(seed: randomSeed)
        self.configuration = configuration
        isCluster = configuration.topology == .cluster
        self.lanes = group.makeIterator().prefix(max(1, lanes ?? Self.usualLanes)).map { eventLoop in
            RedisLane(
                configuration, settings: settings, eventLoop: eventLoop, logger: logger, connector: connector,
                randomSeed: seeds.next())
        }
        precondition(!self.lanes.isEmpty, "a client needs a group with at least one event loop")
        for lane in self.lanes { lane.eventLoop.execute { lane.start() } }
    }

    /// The lane that lives on an event loop, if one does.
    package func lane(for eventLoop: any EventLoop) -> RedisLane? { lanes.first { $0.eventLoop === eventLoop } }

    /// The lane to use from here: that of the current event loop if it has one, otherwise each in turn.
    package var lane: RedisLane {
        if let own = lanes.first(where: { $0.eventLoop.inEventLoop }) { return own }
        let next = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return lanes[Int(UInt(bitPattern: next) % UInt(lanes.count))]
    }

    /// Executes a command.
    ///
    /// - Parameter timeout: How long it may take, or nil for the configured time.
    /// - Throws: ``RedisError``: ``RedisError/Code/rejected`` if the server refused, ``RedisError/Code/cancelled`` at
    ///   once if the task is cancelled, which leaves the connection and its other users alone.
    @discardableResult
    public func execute<Command: RedisCommand>(
        _ command: Command, timeout: Duration? = nil
    ) async throws(RedisError) -> Command.Response {
        try command.result(from: try await replies(to: [request(command)], timeout)[0].get())
    }

    /// Executes commands, which leave together and are answered for one by one, in their order.
    ///
    /// In a cluster each goes to its node, and those for one node leave together. They are no transaction.
    ///
    /// - Parameter timeout: How long all of them may take, or nil for the configured time.
    public func execute<Command: RedisCommand>(
        _ commands: [Command], timeout: Duration? = nil
    ) async -> [Result<Command.Response, RedisError>] {
        let replies = await replies(to: commands.map { request($0) }, timeout)
        return zip(commands, replies).map { command, reply in
            Result { () throws(RedisError) in try command.result(from: try reply.get()) }
        }
    }

    /// Sends a request as it is and awaits its reply, which may be a refusal.
    ///
    /// - Parameters:
    ///   - request: One command, as ``RequestWriter`` writes it.
    ///   - slot: The slot of its keys, or nil if any node will do.
    ///   - timeout: How long it may take, or nil for the configured time.
    public func reply(
        to request: ByteBuffer, slot: HashSlot? = nil, timeout: Duration? = nil
    ) async throws(RedisError) -> RESPValue {
        try await replies(to: [(request, .success(slot))], timeout)[0].get()
    }

    /// Refuses new commands, finishes those that were sent, and ends all connections.
    public func close() async {
        for lane in lanes {
            await withCheckedContinuation { continuation in
                lane.eventLoop.execute { lane.close { continuation.resume() } }
            }
        }
    }

    /// A command's bytes and the one slot of its keys, or what a cluster says of several.
    private typealias Request = (bytes: ByteBuffer, slot: Result<HashSlot?, RedisError>)

    private func request(_ command: some RedisCommand) -> Request {
        guard isCluster, let first = command.keysAffected.first else { return (command.encoded(), .success(nil)) }
        let slot = HashSlot(key: first)
        guard command.keysAffected.dropFirst().allSatisfy({ HashSlot(key: $0) == slot }) else {
            let refusal = RESPErrorReply("CROSSSLOT Keys in request don't hash to the same slot")
            return (ByteBuffer(), .failure(.rejected(refusal)))
        }
        return (command.encoded(), .success(slot))
    }

    private func replies(
        to requests: [Request], _ timeout: Duration?
    ) async -> [Result<RESPValue, RedisError>] {
        guard !requests.isEmpty else { return [] }
        let call = RedisClientCall(count: requests.count)
        let lane = lane
        let allowed = TimeAmount(timeout ?? configuration.commandTimeout)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard call.await(continuation) else { return }
                lane.eventLoop.execute {
                    let deadline = lane.eventLoop.now + allowed
                    for (index, request) in requests.enumerated() where !call.isOver {
                        switch request.slot {
                        case .success(let slot):
                            lane.send(request.bytes, slot: slot, deadline: deadline) { call.answer(index, $0) }
                        case .failure(let error): call.answer(index, .failure(error))
                        }
                    }
                }
            }
        } onCancel: {
            call.cancel()
        }
    }
}
