import MetricsTestKit
import SluiceCache
import SluiceMetrics
import Testing

@Suite("What is reported of caches")
struct CacheMetricsTests {
    private struct NotThere: Error {}

    private let metrics = TestMetrics()

    private func requests(_ cache: String, _ result: String) -> Int64? {
        metrics.total("sluice_cache_requests_total", ("cache", cache), ("result", result))
    }

    private func loads(_ result: String) -> Int64? {
        metrics.total("sluice_cache_loads_total", ("cache", "pages"), ("result", result))
    }

    @Test("in memory: hits, misses and entries")
    func memory() async {
        let cache = MemoryCache<String, Int>(CacheBounds(entries: 10))
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(cache, named: "sizes")
        await reporter.report()
        #expect(requests("sizes", "hit") == 0 && requests("sizes", "miss") == 0)
        #expect(cache.value(for: "a") == nil)
        cache.store(1, for: "a")
        for _ in 0..<3 { #expect(cache.value(for: "a") == 1) }
        await reporter.report()
        #expect(requests("sizes", "hit") == 3 && requests("sizes", "miss") == 1)
        #expect(metrics.level("sluice_cache_entries", ("cache", "sizes")) == 1)
        cache.removeAll()
        await reporter.report()
        #expect(requests("sizes", "hit") == 3)
        #expect(metrics.level("sluice_cache_entries", ("cache", "sizes")) == 0)
    }

    @Test("over a source: loads, those that failed, and invalidations")
    func loading() async throws {
        let cache = TieredCache<String> { name in
            if name == "broken" { throw NotThere() }
            return "the text of \(name)"
        }
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(cache, named: "pages")
        _ = try await cache.value(for: "a")
        _ = try await cache.value(for: "a")
        await #expect(throws: NotThere.self) { try await cache.value(for: "broken") }
        try await cache.invalidate(.name("a"))
        await reporter.report()
        #expect(requests("pages", "hit") == 1 && requests("pages", "miss") == 2)
        #expect(loads("success") == 1 && loads("failure") == 1)
        #expect(metrics.total("sluice_cache_invalidations_total", ("cache", "pages")) == 1)
        #expect(metrics.level("sluice_cache_untold", ("cache", "pages")) == 0)
        await cache.shutDown()
    }
}
