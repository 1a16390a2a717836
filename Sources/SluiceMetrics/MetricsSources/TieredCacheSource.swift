import SluiceCache

/// A cache over a slow source, with or without a tier that instances share.
struct TieredCacheSource<Value: Cacheable>: MetricsSource {
    let cache: TieredCache<Value>
    let name: String

    func read(into readings: inout Readings) {
        let statistics = cache.statistics
        readings.memory(of: name, statistics, entries: cache.count)
        readings.loads(of: name, statistics)
        readings.tier(of: name, statistics, isUntold: cache.isUntold)
    }
}
