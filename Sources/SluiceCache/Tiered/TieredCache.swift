public import Sluice
public import Synchronization

/// Values from a slow source, kept in this process's memory and, if there is one, in a tier that instances share.
///
/// ```swift
/// let products = TieredCache<Product>(tier: redis, codec: .json()) { name in try await database.product(name) }
/// let product = try await products.value(for: "product:42")
/// ```
/// A question goes to memory, then to the tier, then to the loader. However many ask for one name at once, it is
/// loaded once. A load that an invalidation overtakes is kept nowhere.
///
/// Names are text, at most a few hundred bytes. Values are ``Cacheable``; balances, keys and limits are not.
/// Whoever makes a cache with a tier has to ``shutDown()`` it.
public final class TieredCache<Value: Cacheable>: Sendable {
    /// Finds the value of a name; `nil` if the source has none.
    public typealias Loader = @Sendable (String) async throws -> Loaded<Value>

    typealias Entry = CacheEntry<Value>
    typealias Waiter = CheckedContinuation<Value?, any Error>

    struct State {
        var table: LoadTable<Waiter>
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var lastWaiter: UInt64 = 0
    }

    /// Bounds, lifetimes and limits that it was made with.
    public let bounds: CacheBounds
    public let lifetimes: CacheLifetimes
    public let limits: CacheLimits

    @usableFromInline let shards: CacheShards<String, CacheEntry<Value>>
    @usableFromInline let time: TimeSource
    @usableFromInline let hasher: NameHasher
    let tier: (any CacheTier)?
    let codec: any CacheCodec<Value>
    let loader: Loader
    let weigher: (@Sendable (String, Value) -> Int)?
    let random: @Sendable () -> Double

    let state: Mutex<State>
    let counters = Mutex(CacheStatistics())
    /// Whether invalidations of other instances may be missed.
    let isBlind: Atomic<Bool>

    /// A cache in memory alone, whose values are fresh for ``CacheLifetimes/memory``.
    /// - Parameters:
    ///   - weigher: What a value weighs, when `bounds` has a weight.
    ///   - loader: Finds the value of a name, or `nil` if there is none.
    public convenience init(
        bounds: CacheBounds = CacheBounds(), lifetimes: CacheLifetimes = CacheLifetimes(),
        limits: CacheLimits = CacheLimits(), time: TimeSource = .system,
        weigher: (@Sendable (String, Value) -> Int)? = nil,
        loader: @escaping @Sendable (String) async throws -> Value?
    ) {
        self.init(
            bounds, lifetimes, limits, time, tier: nil, codec: NoCodec(), weigher: weigher,
            loader: { name in Loaded(try await loader(name)) })
    }

    /// A cache over a tier that instances share.
    /// - Parameters:
    ///   - codec: Turns values into bytes for the tier.
    ///   - weigher: What a value weighs, when `bounds` has a weight.
    ///   - loader: Finds the value of a name, or `nil` if there is none.
    public convenience init(
        bounds: CacheBounds = CacheBounds(), lifetimes: CacheLifetimes = CacheLifetimes(),
        limits: CacheLimits = CacheLimits(), tier: any CacheTier, codec: some CacheCodec<Value>,
        time: TimeSource = .system, weigher: (@Sendable (String, Value) -> Int)? = nil,
        loader: @escaping @Sendable (String) async throws -> Value?
    ) {
        self.init(
            bounds, lifetimes, limits, time, tier: tier, codec: codec, weigher: weigher,
            loader: { name in Loaded(try await loader(name)) })
    }

    /// A cache whose loader says for how long each value is fresh.
    /// - Parameter tier: Where instances share values, or `nil`; a tier needs a codec.
    public convenience init(
        bounds: CacheBounds = CacheBounds(), lifetimes: CacheLifetimes = CacheLifetimes(),
        limits: CacheLimits = CacheLimits(), tier: (any CacheTier)? = nil, codec: (any CacheCodec<Value>)? = nil,
        time: TimeSource = .system, weigher: (@Sendable (String, Value) -> Int)? = nil,
        loadingWithLifetime loader: @escaping Loader
    ) {
        precondition(tier == nil || codec != nil, "a tier keeps bytes: give the codec that makes them")
        self.init(
            bounds, lifetimes, limits, time, tier: tier, codec: codec ?? NoCodec(), weigher: weigher, loader: loader)
    }

    package init(
        _ bounds: CacheBounds, _ lifetimes: CacheLifetimes, _ limits: CacheLimits, _ time: TimeSource,
        tier: (any CacheTier)?, codec: any CacheCodec<Value>, weigher: (@Sendable (String, Value) -> Int)?,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, loader: @escaping Loader
    ) {
        bounds.check()
        (self.bounds, self.lifetimes, self.limits, self.time) = (bounds, lifetimes, limits, time)
        (self.tier, self.codec, self.loader, self.random) = (tier, codec, loader, random)
        self.weigher = bounds.weight == nil ? nil : weigher
        shards = CacheShards(bounds, count: bounds.shardCount)
        hasher = tier?.hasher ?? .random()
        isBlind = Atomic(tier != nil)
        let table = LoadTable<Waiter>(
            LoadTable.Bounds(loads: limits.loads, queued: limits.queuedLoads, waiters: limits.waiters))
        state = Mutex(State(table: table))
        tier?.begin { [weak self] event in self?.hear(event) }
    }

    // MARK: - Asking

    /// The value of a name: from memory, from the tier, or loaded.
    ///
    /// - Parameter tags: What a value that is loaded for this is kept with, so that ``invalidate(_:)`` finds it.
    /// - Returns: The value, or `nil` if the source has none.
    /// - Throws: What the loader throws; `SluiceError` with the code `tooManyWaiters` if too much is under way or the
    ///   cache was shut down; `CancellationError` at once when the task is cancelled, which leaves the load to others
    ///   who wait for it.
    @inlinable
    public func value(for name: String, tags: [String] = []) async throws -> Value? {
        switch look(name) {
        case .plain(let value): return value
        case .other(let answer): return try await answered(answer, name, tags)
        }
    }

    /// The value of a name if memory has it and it is fresh; nothing is fetched.
    @inlinable
    public func cached(_ name: String) -> Value? {
        switch look(name) {
        case .plain(let value): value
        case .other(.aging(.value(let value), _)): value
        case .other: nil
        }
    }

    /// What memory has: mostly a value and nothing more to do.
    @usableFromInline
    enum Look: Sendable {
        case plain(Value?)
        case other(CacheEntry<Value>.Answer)
    }

    @inlinable
    func look(_ name: String) -> Look {
        let hash = hasher.hash(name)
        let now = time.now().nanoseconds
        return shards.shard(of: hash).table.withLock { table in
            guard let number = table.ask(name, hash, now) else { return .other(.none) }
            if now < table.slots[number]!.payload.plainUntil { return .plain(table.slots[number]!.payload.value) }
            let answer = table.slots[number]!.payload.answer(at: now)
            if case .none = answer { table.policy.wasNoHit() }
            return .other(answer)
        }
    }

    /// What it has done since it was made.
    public var statistics: CacheStatistics {
        var statistics = counters.withLock { $0 }
        statistics.hits = shards.sum { $0.policy.hits }
        statistics.misses = shards.sum { $0.policy.misses }
        statistics.evictions = shards.sum { $0.policy.evictions }
        return statistics
    }

    /// Entries in memory, with those that have expired and are not yet removed.
    public var count: Int { shards.sum { $0.policy.count } }

    /// What the entries in memory weigh.
    public var weight: Int { shards.sum { $0.policy.weight } }

    /// Whether memory may miss invalidations of other instances, because the tier's line is down. Entries live no
    /// longer than ``CacheLimits/blindFor`` meanwhile. Always false without a tier.
    public var isUntold: Bool { isBlind.load(ordering: .acquiring) }

    /// Refuses new loads, cancels none, returns once all have ended, and shuts the tier down.
    public func shutDown() async {
        let (tasks, refused) = state.withLock { state in
            let closed = state.table.close()
            return (closed.running.compactMap { state.tasks[$0] }, closed.refused)
        }
        for waiter in refused { waiter.resume(throwing: Self.shutDownFault) }
        for task in tasks { await task.value }
        await tier?.shutDown()
    }
}

/// Stands where no tier is.
private struct NoCodec<Value: Sendable>: CacheCodec {
    func encode(_ value: Value) -> [UInt8] { [] }
    func decode(_ bytes: [UInt8]) throws -> Value { throw CacheCodecFault(description: "there is no tier") }
}
