/// How much a cache keeps in memory.
public struct CacheBounds: Sendable, Hashable {
    /// The most entries.
    public var entries: Int
    /// The most that all entries weigh together, by the cache's weigher; `nil` if only their number counts.
    public var weight: Int?
    /// How many parts with a lock of their own there are, a power of two; `nil` for one for each 512 entries, at most
    /// 16.
    ///
    /// Each part has its share of the bounds, so no entry weighs more than such a share.
    public var shards: Int?

    /// Bounds of a cache; 1,000 entries unless it is said otherwise.
    public init(entries: Int = 1_000, weight: Int? = nil, shards: Int? = nil) {
        self.entries = entries
        self.weight = weight
        self.shards = shards
    }

    var shardCount: Int {
        if let shards { return shards }
        var count = 1
        while count < 16, entries / (count * 2) >= 512 { count *= 2 }
        return count
    }

    /// Whether they are possible at all.
    func check() {
        precondition(entries > 0 && entries <= 1 << 30, "a cache holds at least one entry, and at most 2³⁰")
        precondition(weight ?? 1 > 0, "a cache's weight is at least one")
        let count = shardCount
        precondition(count > 0 && count & (count - 1) == 0 && count <= 1 << 16, "shards are a power of two")
        precondition(count <= min(entries, weight ?? entries), "each shard holds at least one entry")
    }
}
