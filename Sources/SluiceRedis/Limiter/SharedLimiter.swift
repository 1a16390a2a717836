public import Logging
public import NIOCore
public import NIOPosix
package import RESP
public import Sluice

/// Decides whether a request may pass now, and if not, when, together with all other instances on the same Redis.
///
/// ```swift
/// let limiter = try SharedLimiter(policies, store: RedisStore("redis://127.0.0.1:6379"))
/// let decision = try await limiter.decide("chat", [.user: "42"])
/// ```
/// The calls are those of `Limiter`, with `await`. Each decision is one round trip, shared with all others that wait
/// at the same moment; on Redis's time, so the instances' clocks do not matter. When Redis does not answer, each
/// rule's failure choice decides, and the decision says that it is degraded.
public final class SharedLimiter: LimiterProtocol {
    /// Where the cells are.
    public let store: RedisStore
    /// Compiles policies and plans requests; its own cells are not used.
    let planner: Limiter
    /// The time line of this instance; decisions are made on Redis's.
    public let time: TimeSource
    let client: RedisClient
    let lanes: [StoreLane]
    let clock: RedisClock
    let waiters = Waiters()
    let fallback: FallbackLimiter
    let memory: DecisionMemory
    let lots = LotTable()
    let lenders = LentCharges()
    let returns: LotReturns
    let upkeep: Upkeep
    let faults: FaultLog
    /// What became of calls to Redis.
    package let statistics = StoreStatistics()

    /// A limiter of these policies. Connections open as they are needed.
    /// - Parameter group: The event loops to use; a transport hands in its own, so that nothing changes threads.
    /// - Throws: `SluiceError` with what is wrong in which rule.
    public convenience init(
        _ policies: [Policy], store: RedisStore, time: TimeSource = .system,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sluice.redis")
    ) throws(SluiceError) {
        try self.init(
            policies, store: store, time: time, group: group, logger: logger, connector: SocketConnector(),
            randomSeed: .random(in: .min ... .max))
    }

    /// The same in surroundings that can be replayed.
    /// - Parameters:
    ///   - connector: Opens channels to Redis.
    ///   - randomSeed: What pauses, the choice of nodes and this instance's name follow from.
    package init(
        _ policies: [Policy], store: RedisStore, settings: RedisTopologySettings = RedisTopologySettings(),
        time: TimeSource, group: any EventLoopGroup, logger: Logger, connector: any NodeConnector, randomSeed: UInt64
    ) throws(SluiceError) {
        self.store = store
        self.time = time
        faults = FaultLog(logger)
        let secret = store.keySecret
        planner = try Limiter(policies, store: MemoryStore(holding: 1, secret: secret), time: time)
        fallback = try FallbackLimiter(policies, secret: secret, time: time)
        memory = DecisionMemory(capacity: store.rememberedDenials)
        clock = RedisClock()
        var seeds = SplitMix(seed: randomSeed)
        client = RedisClient(
            store.redis, settings: settings, lanes: store.lanes, group: group, logger: logger, connector: connector,
            randomSeed: seeds.next())
        let script = DecisionScript()
        let clock = clock
        let statistics = statistics
        lanes = client.lanes.map {
            StoreLane(
                $0, store, script: script, time: time, clock: clock, statistics: statistics, randomSeed: seeds.next())
        }
        returns = LotReturns(lots: lots, lenders: lenders, lanes: lanes, timeAmount: store.timeAmount)
        upkeep = Upkeep(store, client.lanes[0], time: time, returns, fallback, name: seeds.next())
        upkeep.begin()
    }

    deinit { upkeep.stop(closing: client) }

    /// The policies in force.
    public var policies: [Policy] { planner.policies }

    /// The present moment on this limiter's time line.
    public func now() -> Timestamp { time.now() }

    /// A policy looked up once, for where it is hot.
    /// - Throws: `SluiceError` with the nearest name.
    public func policy(_ name: String) throws(SluiceError) -> SharedPolicy {
        SharedPolicy(limiter: self, handle: try planner.policy(name))
    }

    /// Puts other policies in force, in one step, keeping what was used of limits whose numbers change.
    /// - Throws: `SluiceError` with what is wrong; the old policies stay in force then.
    public func replacePolicies(with policies: [Policy]) throws(SluiceError) {
        try planner.replacePolicies(with: policies)
        try fallback.replacePolicies(with: policies)
        memory.forgetDenials()
        returns.giveBack(lots.allLots(at: now().nanoseconds))
    }

    /// Gives back what was borrowed and closes the connections. Decisions from then on are degraded.
    public func shutDown() async {
        await upkeep.stop()
        await withUnsafeContinuation { continuation in
            returns.giveBack(lots.allLots(at: now().nanoseconds)) { continuation.resume() }
        }
        await client.close()
    }
}
