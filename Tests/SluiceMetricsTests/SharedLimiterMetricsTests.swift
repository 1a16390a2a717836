import Logging
import MetricsTestKit
import RESP
import RedisServers
import Sluice
import SluiceMetrics
import SluiceRedis
import Testing

@Suite("What is reported of a limiter on Redis")
struct SharedLimiterMetricsTests {
    private let metrics = TestMetrics()

    private static let policies = [
        Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .hours(1))) }
    ]

    private func limiter(_ url: String) throws -> SharedLimiter {
        var store = try RedisStore(url)
        store.prefix = "metrics-\(UInt64.random(in: .min ... .max))"
        // No busy machine makes another fault of what happens.
        store.redis.commandTimeout = .seconds(20)
        store.redis.connectTimeout = .seconds(20)
        return try SharedLimiter(
            Self.policies, store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func decisions(_ outcome: CountedOutcome) -> Int64? {
        metrics.total(
            "sluice_decisions_total", ("policy", "chat"), ("rule", "flood"), ("outcome", outcome.rawValue))
    }

    private func errors(_ kind: String) -> Int64? {
        metrics.total("sluice_store_errors_total", ("store", "redis"), ("kind", kind))
    }

    @Test("that is not there: the fault, by its kind, and the decision that was made without it")
    func unreachable() async throws {
        let port = try await FreePort.find()
        let limiter = try limiter("redis://127.0.0.1:\(port)")
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(limiter)
        await reporter.report()
        #expect(errors("unreachable") == 0)
        #expect(try await limiter.decide("chat", [.user: "1"]).isDegraded)
        await reporter.report()
        #expect(errors("unreachable") == 1 && errors("timeout") == 0 && errors("breaker_open") == 0)
        #expect(decisions(.allowed) == 1 && decisions(.degraded) == 1)
        let node = ("node", "127.0.0.1:\(port)")
        #expect(metrics.total("sluice_redis_connection_failures_total", node) ?? 0 >= 1)
        #expect(metrics.level("sluice_redis_connections", node, ("state", "ready")) == 0)
        await limiter.shutDown()
    }

    @Test("that answers: calls, connections, and denials that needed no call")
    func answers() async throws {
        let limiter = try limiter(try await RedisServer.shared().url)
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(limiter)
        for _ in 0..<8 { _ = try await limiter.decide("chat", [.user: "1"]) }
        await reporter.report()
        #expect(decisions(.allowed) == 5 && decisions(.denied) == 3 && decisions(.degraded) == nil)
        #expect(metrics.total("sluice_cache_requests_total", ("cache", "denials"), ("result", "hit")) == 2)
        #expect(metrics.total("sluice_cache_requests_total", ("cache", "denials"), ("result", "miss")) == 6)
        #expect(metrics.total("sluice_store_duration_seconds_count", ("store", "redis")) == 6)
        #expect(metrics.total("sluice_decision_duration_seconds_count", ("store", "redis")) == 6)
        #expect(errors("unreachable") == 0)
        let ready = metrics.meters(label: "sluice_redis_connections", dimensions: [("state", "ready")])
        #expect(ready.map(\.lastValue) == [1])
        #expect(metrics.meters(label: "sluice_breaker_state").map(\.lastValue) == [0])
        #expect(metrics.meters(label: "sluice_cells").isEmpty)
        await limiter.shutDown()
    }
}
