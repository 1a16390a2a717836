public import Sluice
public import SluiceCache
public import SluiceRedis

/// What limits and caches.
extension MetricsReporter {
    /// Reports a limiter in this process's memory from the next report on: decisions, their durations, leases, cells.
    ///
    /// Each rule in force has its counters from the start, at 0, so that what comes first is seen as a change; a rule
    /// that is removed keeps them.
    public func add(_ limiter: Limiter) { keep(LimiterSource(limiter: limiter)) }

    /// Reports a limiter on Redis from the next report on: what one in memory tells but for the cells, calls to Redis
    /// and what kept it from deciding, remembered denials and borrowed units, connections and breakers by node.
    ///
    /// What Redis tells of itself is not among it: it would have to be asked.
    public func add(_ limiter: SharedLimiter) { keep(SharedLimiterSource(limiter: limiter)) }

    /// Reports a cache in memory from the next report on.
    /// - Parameter name: The value of the label `cache`.
    public func add<Key: Hashable & Sendable, Value: Cacheable>(
        _ cache: MemoryCache<Key, Value>, named name: String
    ) {
        keep(MemoryCacheSource(cache: cache, name: name))
    }

    /// Reports a cache over a slow source from the next report on: what memory had, what the shared tier had, loads.
    /// - Parameter name: The value of the label `cache`.
    public func add<Value: Cacheable>(_ cache: TieredCache<Value>, named name: String) {
        keep(TieredCacheSource(cache: cache, name: name))
    }
}
