import SluiceCache

/// A cache in this process's memory.
struct MemoryCacheSource<Key: Hashable & Sendable, Value: Cacheable>: MetricsSource {
    let cache: MemoryCache<Key, Value>
    let name: String

    func read(into readings: inout Readings) {
        readings.memory(of: name, cache.statistics, entries: cache.count)
    }
}
