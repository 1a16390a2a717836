import SluiceCache

extension Readings {
    /// What a cache has in memory, and what memory has done.
    mutating func memory(of cache: String, _ statistics: CacheStatistics, entries: Int) {
        count("sluice_cache_requests_total", statistics.hits, ("cache", cache), ("result", "hit"))
        count("sluice_cache_requests_total", statistics.misses, ("cache", cache), ("result", "miss"))
        count("sluice_cache_evictions_total", statistics.evictions, ("cache", cache))
        level("sluice_cache_entries", entries, ("cache", cache))
    }

    /// What a cache over a slow source has done besides.
    mutating func loads(of cache: String, _ statistics: CacheStatistics) {
        count("sluice_cache_stale_total", statistics.staleServed, ("cache", cache))
        count("sluice_cache_loads_total", statistics.loads, ("cache", cache), ("result", "success"))
        count("sluice_cache_loads_total", statistics.failedLoads, ("cache", cache), ("result", "failure"))
        sum("sluice_cache_load_seconds_total", statistics.loadTime / .seconds(1), ("cache", cache))
        count("sluice_cache_joined_total", statistics.joined, ("cache", cache))
        count("sluice_cache_refreshes_total", statistics.earlyRefreshes, ("cache", cache))
        count("sluice_cache_overtaken_total", statistics.overtaken, ("cache", cache))
        count("sluice_cache_refused_total", statistics.refused, ("cache", cache))
        count("sluice_cache_invalidations_total", statistics.invalidations, ("cache", cache))
    }

    /// What became of a cache's dealings with the tier that instances share.
    mutating func tier(of cache: String, _ statistics: CacheStatistics, isUntold: Bool) {
        count("sluice_cache_shared_requests_total", statistics.sharedHits, ("cache", cache), ("result", "hit"))
        count("sluice_cache_shared_requests_total", statistics.sharedMisses, ("cache", cache), ("result", "miss"))
        count(
            "sluice_cache_shared_requests_total", statistics.sharedFailures, ("cache", cache), ("result", "failure"))
        count("sluice_cache_shared_refusals_total", statistics.sharedRefusals, ("cache", cache))
        count("sluice_cache_lines_lost_total", statistics.linesLost, ("cache", cache))
        level("sluice_cache_untold", isUntold ? 1 : 0, ("cache", cache))
    }
}
