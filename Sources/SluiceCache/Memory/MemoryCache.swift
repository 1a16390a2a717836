public import Sluice
public import Synchronization

/// A bounded cache in this process's memory.
///
/// ```swift
/// let cache = MemoryCache<Int, String>(CacheBounds(entries: 10_000), keptFor: .seconds(60))
/// cache.store("Ann", for: 42)
/// let name = cache.value(for: 42)
/// ```
/// It keeps what is asked for often and lately (S3-FIFO), better than a cache that drops what was not used for the
/// longest time. All calls are synchronous; a hit takes one lock and allocates nothing. What has expired is never
/// answered, and makes room as others come in.
///
/// For values that come from elsewhere see ``TieredCache``.
public final class MemoryCache<Key: Hashable & Sendable, Value: Cacheable>: Sendable {
    @usableFromInline let shards: CacheShards<Key, Value>
    @usableFromInline let time: TimeSource
    private let lifetime: Duration?
    private let weigher: (@Sendable (Key, Value) -> Int)?

    /// An empty cache.
    /// - Parameters:
    ///   - bounds: How much it keeps.
    ///   - lifetime: How long entries are kept unless each says otherwise; `nil` for as long as there is room.
    ///   - weigher: What an entry weighs, at least one; asked when `bounds` has a weight.
    /// - Precondition: The bounds are possible.
    public init(
        _ bounds: CacheBounds = CacheBounds(), keptFor lifetime: Duration? = nil, time: TimeSource = .system,
        weigher: (@Sendable (Key, Value) -> Int)? = nil
    ) {
        bounds.check()
        shards = CacheShards(bounds, count: bounds.shardCount)
        self.time = time
        self.lifetime = lifetime
        self.weigher = bounds.weight == nil ? nil : weigher
    }

    /// The value of a key, if it is there and has not expired.
    /// - Complexity: O(1).
    @inlinable
    public func value(for key: Key) -> Value? {
        let hash = UInt64(truncatingIfNeeded: key.hashValue)
        let now = time.now().nanoseconds
        return shards.shard(of: hash).table.withLock { table in
            guard let number = table.ask(key, hash, now) else { return nil }
            return table.slots[number]!.payload
        }
    }

    /// Keeps a value in the place of an earlier one. A cache that is full may drop it at once, if others are asked for
    /// more often.
    /// - Parameter lifetime: How long it is kept, or `nil` for the cache's own time.
    /// - Complexity: O(1) but for the entries that go.
    public func store(_ value: Value, for key: Key, keptFor lifetime: Duration? = nil) {
        let now = time.now()
        let expires = (lifetime ?? self.lifetime).map { (now + $0).nanoseconds } ?? .max
        let weight = max(1, weigher?(key, value) ?? 1)
        shards.store(
            value, for: key, hash(key), weight: weight, expires: expires, now: now.nanoseconds)
    }

    /// Forgets a key.
    public func remove(_ key: Key) { shards.remove(hash(key)) }

    /// Forgets all keys.
    public func removeAll() { shards.removeAll { _, _ in true } }

    /// Forgets keys by what they are and what they hold.
    /// - Complexity: O(entries), with one shard locked at a time.
    public func removeAll(where isUnwanted: @Sendable (Key, Value) -> Bool) { shards.removeAll(where: isUnwanted) }

    /// How many entries there are, with those that have expired and are not yet removed.
    public var count: Int { shards.sum { $0.policy.count } }

    /// What all entries weigh.
    public var weight: Int { shards.sum { $0.policy.weight } }

    /// What it has done since it was made.
    public var statistics: CacheStatistics {
        var statistics = CacheStatistics()
        statistics.hits = shards.sum { $0.policy.hits }
        statistics.misses = shards.sum { $0.policy.misses }
        statistics.evictions = shards.sum { $0.policy.evictions }
        return statistics
    }

    private func hash(_ key: Key) -> UInt64 { UInt64(truncatingIfNeeded: key.hashValue) }
}
