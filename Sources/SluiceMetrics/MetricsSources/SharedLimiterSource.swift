import RESP
import Sluice
import SluiceRedis

/// A limiter that instances share on Redis.
struct SharedLimiterSource: MetricsSource {
    let limiter: SharedLimiter

    /// Where the cells are, in a word.
    private var store: String { limiter.store.redis.topology == .cluster ? "redis-cluster" : "redis" }

    func read(into readings: inout Readings) async {
        readings.decisions(of: limiter.planning, store: store)
        readCalls(into: &readings)
        for node in await limiter.nodeReports() { read(node, into: &readings) }
    }

    private func readCalls(into readings: inout Readings) {
        let statistics = limiter.statistics
        readings.durations("sluice_store_duration_seconds", statistics.calls.counted, ("store", store))
        for kind in StoreStatistics.FaultKind.allCases {
            readings.count(
                "sluice_store_errors_total", statistics.count(of: kind), ("store", store), ("kind", kind.rawValue))
        }
        let name = "sluice_cache_requests_total"
        readings.count(name, statistics.rememberedDenials, ("cache", "denials"), ("result", "hit"))
        readings.count(name, statistics.askedDecisions, ("cache", "denials"), ("result", "miss"))
        readings.count(name, statistics.borrowedDecisions, ("cache", "borrowed"), ("result", "hit"))
    }

    private func read(_ node: NodeReport, into readings: inout Readings) {
        for (state, count) in [("ready", node.ready), ("connecting", node.connecting), ("failed", node.failed)] {
            readings.level("sluice_redis_connections", count, ("node", node.address), ("state", state))
        }
        readings.level("sluice_redis_queue", node.queued, ("node", node.address))
        readings.count("sluice_redis_connection_failures_total", node.lost, ("node", node.address))
        readings.highest("sluice_breaker_state", node.breaker.rawValue, ("name", node.address))
    }
}
