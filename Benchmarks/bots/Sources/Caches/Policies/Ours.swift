import SluiceCache

/// What `MemoryCache` does, in one shard.
struct Ours: SimulatedCache {
    private let cache: MemoryCache<Int, Int>

    init(entries: Int) { cache = MemoryCache(CacheBounds(entries: entries, shards: 1)) }

    func ask(_ key: Int) -> Bool {
        if cache.value(for: key) != nil { return true }
        cache.store(key, for: key)
        return false
    }
}
