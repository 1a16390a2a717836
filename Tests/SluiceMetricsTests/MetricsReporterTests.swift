import MetricsTestKit
import ServiceLifecycleTestKit
import Sluice
import SluiceMetrics
import SluiceTesting
import Testing

@Suite("A reporter of metrics")
struct MetricsReporterTests {
    private let time = ManualTime()
    private let metrics = TestMetrics()

    private func limiter() throws -> Limiter {
        try Limiter(time: .provided(by: time)) {
            Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) }
        }
    }

    private var allowed: Int64? {
        metrics.total("sluice_decisions_total", ("policy", "chat"), ("rule", "flood"), ("outcome", "allowed"))
    }

    @Test("counts once what it reports twice, and the next time what has come since")
    func differences() async throws {
        let limiter = try limiter()
        let reporter = MetricsReporter(factory: metrics)
        _ = try limiter.decide("chat", [.user: "before it was added"])
        reporter.add(limiter)
        #expect(allowed == nil)
        await reporter.report()
        #expect(allowed == 1)
        await reporter.report()
        #expect(allowed == 1)
        for user in 0..<3 { _ = try limiter.decide("chat", [.user: "\(user)"]) }
        await reporter.report()
        #expect(allowed == 4)
    }

    @Test("adds up what several limiters tell of one rule")
    func several() async throws {
        let first = try limiter()
        let second = try limiter()
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(first)
        reporter.add(second)
        _ = try first.decide("chat", [.user: "1"])
        await reporter.report()
        _ = try first.decide("chat", [.user: "1"])
        _ = try second.decide("chat", [.user: "1"])
        await reporter.report()
        #expect(allowed == 3)
        let cells = Double(first.store.count + second.store.count)
        #expect(metrics.level("sluice_cells", ("store", "memory")) == cells)
        #expect(metrics.level("sluice_policies") == 2)
    }

    @Test("that runs reports at once, at each interval, and a last time at graceful shutdown")
    func run() async throws {
        let limiter = try limiter()
        let reporter = MetricsReporter(every: .seconds(10), factory: metrics, time: .provided(by: time))
        reporter.add(limiter)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reporter.run() }
                await time.untilSleepers(1)
                #expect(allowed == 0)
                _ = try limiter.decide("chat", [.user: "1"])
                time.advance(by: .milliseconds(9_999))
                #expect(time.sleeperCount == 1 && allowed == 0)
                time.advance(by: .milliseconds(1))
                await time.untilSleepers(1)
                #expect(allowed == 1)
                _ = try limiter.decide("chat", [.user: "2"])
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        #expect(allowed == 2)
        #expect(time.sleeperCount == 0)
    }

    @Test("takes its series from the backend when it goes")
    func gone() async throws {
        var reporter: MetricsReporter? = MetricsReporter(factory: metrics)
        reporter?.add(try limiter())
        await reporter?.report()
        #expect(!metrics.counters.isEmpty && !metrics.meters.isEmpty)
        reporter = nil
        #expect(metrics.counters.isEmpty && metrics.meters.isEmpty)
    }

    /// swift-prometheus ends the program otherwise.
    @Test("gives all series of a name the same labels in the same order, and one type")
    func labels() async throws {
        let reporter = MetricsReporter(factory: metrics)
        try await reporter.addOneOfEach()
        await reporter.report()
        var labels: [String: [String]] = [:]
        for counter in metrics.counters {
            let names = counter.dimensions.map { $0.0 }
            #expect(labels[counter.label] ?? names == names, "\(counter.label)")
            labels[counter.label] = names
        }
        #expect(labels.count >= 25)
        let counted = Set(labels.keys)
        for meter in metrics.meters {
            let names = meter.dimensions.map { $0.0 }
            #expect(labels[meter.label] ?? names == names && !counted.contains(meter.label), "\(meter.label)")
            labels[meter.label] = names
        }
        for name in labels.keys { #expect(name.hasPrefix("sluice_")) }
    }
}
