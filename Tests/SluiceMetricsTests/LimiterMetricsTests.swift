import MetricsTestKit
import Sluice
import SluiceMetrics
import SluiceTesting
import Testing

@Suite("What is reported of a limiter in memory")
struct LimiterMetricsTests {
    private let time = ManualTime()
    private let metrics = TestMetrics()
    /// Kept, since what it reports goes with it.
    private let reporter: MetricsReporter

    init() { reporter = MetricsReporter(factory: metrics) }

    private func reported(_ limiter: Limiter) -> MetricsReporter {
        reporter.add(limiter)
        return reporter
    }

    private func decisions(_ policy: String, _ rule: String, _ outcome: CountedOutcome) -> Int64? {
        metrics.total(
            "sluice_decisions_total", ("policy", policy), ("rule", rule), ("outcome", outcome.rawValue))
    }

    private static let flood = Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10)))

    @Test("its decisions, by policy, rule and outcome, from 0 on")
    func outcomes() async throws {
        let limiter = try Limiter(
            [
                Policy("chat", rules: [Self.flood]),
                Policy("trials") { Rule("trial", by: .user, .fixedWindow(1, per: .hours(1)), mode: .shadow) },
            ], time: .provided(by: time))
        let reporter = reported(limiter)
        await reporter.report()
        #expect(decisions("chat", "flood", .allowed) == 0)
        #expect(decisions("chat", "flood", .denied) == 0)
        #expect(decisions("chat", "flood", .impossible) == nil)
        for _ in 0..<7 { _ = try limiter.decide("chat", [.user: "1"]) }
        _ = try limiter.decide("chat", [.user: "1"], cost: 99)
        for _ in 0..<3 { _ = try limiter.decide("trials", [.user: "1"]) }
        await reporter.report()
        #expect(decisions("chat", "flood", .allowed) == 5)
        #expect(decisions("chat", "flood", .denied) == 2)
        #expect(decisions("chat", "flood", .impossible) == 1)
        #expect(decisions("chat", "flood", .shadowDenied) == nil)
        #expect(decisions("trials", "trial", .shadowDenied) == 2)
    }

    @Test("how much of a limit is used, in cumulative buckets")
    func use() async throws {
        let limiter = try Limiter([Policy("chat", rules: [Self.flood])], time: .provided(by: time))
        for _ in 0..<5 { _ = try limiter.decide("chat", [.user: "1"]) }
        await reported(limiter).report()
        func bucket(_ end: String) -> Int64? {
            metrics.total("sluice_rule_use_ratio_bucket", ("policy", "chat"), ("rule", "flood"), ("le", end))
        }
        // A fifth, two fifths, … of the limit are used after each.
        #expect(bucket("0.125") == 0 && bucket("0.25") == 1 && bucket("0.5") == 2 && bucket("0.625") == 3)
        #expect(bucket("0.75") == 3 && bucket("0.875") == 4 && bucket("1.0") == 5 && bucket("+Inf") == 5)
        #expect(metrics.total("sluice_rule_use_ratio_count", ("policy", "chat"), ("rule", "flood")) == 5)
        // 0.25 + 0.5 + 0.625 + 0.875 + 1, of which this backend keeps what is whole.
        #expect(metrics.total("sluice_rule_use_ratio_sum", ("policy", "chat"), ("rule", "flood")) == 3)
    }

    @Test("how long decisions took, in cumulative buckets, and their sum in seconds")
    func durations() async throws {
        let limiter = try Limiter([], time: .provided(by: time))
        let reporter = reported(limiter)
        let name = "sluice_decision_duration_seconds"
        func bucket(_ end: String) -> Int64? {
            metrics.total(name + "_bucket", ("store", "memory"), ("le", end))
        }
        await reporter.report()
        #expect(bucket("1e-06") == 0 && bucket("+Inf") == 0)
        limiter.decisionDurations.record(nanoseconds: 500)
        limiter.decisionDurations.record(nanoseconds: 3_000, times: 2)
        limiter.decisionDurations.record(nanoseconds: 2_000_000_000)
        limiter.decisionDurations.record(nanoseconds: 4_000_000_000)
        await reporter.report()
        #expect(bucket("1e-06") == 1 && bucket("2.5e-06") == 1 && bucket("5e-06") == 3)
        #expect(bucket("1.0") == 3 && bucket("2.5") == 4 && bucket("+Inf") == 5)
        #expect(metrics.total(name + "_count", ("store", "memory")) == 5)
        #expect(metrics.total(name + "_sum", ("store", "memory")) == 6)
        limiter.decisionDurations.record(nanoseconds: 1_000)
        await reporter.report()
        #expect(bucket("1e-06") == 2 && bucket("5e-06") == 4 && bucket("+Inf") == 6)
        #expect(metrics.counters(label: name + "_bucket").count == 21)
    }

    @Test("its cells and leases, up and down")
    func levels() async throws {
        let limiter = try Limiter(store: MemoryStore(capacity: 1_000), time: .provided(by: time)) {
            Policy("busy") { Rule("slots", .concurrency(2)) }
        }
        let reporter = reported(limiter)
        func slots(_ name: String) -> Double? { metrics.level(name, ("policy", "busy"), ("rule", "slots")) }
        await reporter.report()
        #expect(slots("sluice_leases") == 0 && slots("sluice_leases_limit") == 2)
        #expect(metrics.level("sluice_cells", ("store", "memory")) == 0)
        #expect(metrics.level("sluice_cells_limit", ("store", "memory")) == 1_000)
        let lease = try #require(try limiter.acquire("busy", [:]).lease)
        await reporter.report()
        #expect(slots("sluice_leases") == 1)
        #expect(limiter.store.count > 0)
        #expect(metrics.level("sluice_cells", ("store", "memory")) == Double(limiter.store.count))
        #expect(metrics.level("sluice_store_bytes", ("store", "memory")) ?? 0 > 0)
        #expect(limiter.release(lease))
        await reporter.report()
        #expect(slots("sluice_leases") == 0)
    }

    @Test("after a reload: a removed rule keeps its counters and loses its levels, and new ones begin at 0")
    func reload() async throws {
        let limiter = try Limiter(
            [Policy("chat", rules: [Self.flood]), Policy("busy") { Rule("slots", .concurrency(2)) }],
            time: .provided(by: time))
        let reporter = reported(limiter)
        _ = try limiter.decide("chat", [.user: "1"], cost: 99)
        await reporter.report()
        #expect(decisions("chat", "flood", .impossible) == 1)
        #expect(metrics.level("sluice_leases_limit", ("policy", "busy"), ("rule", "slots")) == 2)
        try limiter.replacePolicies(with: [
            Policy("chat") { Rule("hourly", by: .user, .slidingLog(20, per: .hours(1))) }
        ])
        _ = try limiter.decide("chat", [.user: "1"])
        await reporter.report()
        #expect(decisions("chat", "flood", .impossible) == 1)
        #expect(decisions("chat", "hourly", .allowed) == 1)
        #expect(decisions("chat", "hourly", .denied) == 0)
        #expect(metrics.level("sluice_leases_limit", ("policy", "busy"), ("rule", "slots")) == nil)
        #expect(metrics.level("sluice_rules") == 1)
    }

    @Test("callers who were denied because the store is full")
    func full() async throws {
        let limiter = try Limiter(store: MemoryStore(capacity: 64), time: .provided(by: time)) {
            Policy("strict") { Rule("one", by: .user, .tokenBucket(1, per: .hours(1))) }
        }
        for user in 0..<1_000 { _ = try limiter.decide("strict", [.user: "\(user)"]) }
        await reported(limiter).report()
        let denied = limiter.store.fullDenials
        #expect(denied > 0)
        #expect(
            metrics.total("sluice_store_errors_total", ("store", "memory"), ("kind", "full")) == Int64(denied))
    }
}
