import MetricsTestKit
import Sluice
import SluiceMetrics
import SluiceTesting
import Testing

@Suite("What is reported of calls to others")
struct CallMetricsTests {
    private let time = ManualTime()
    private let metrics = TestMetrics()

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("a breaker's state, by its own name or another")
    func breakers() async {
        let breaker = CircuitBreaker("model", time: .provided(by: time))
        let list = FailoverList("models", [.init("local", 1), .init("remote", 2)], time: .provided(by: time))
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(breaker)
        reporter.add(breaker, named: "another name")
        reporter.add(list)
        func state(_ name: String) -> Double? { metrics.level("sluice_breaker_state", ("name", name)) }
        await reporter.report()
        #expect(state("model") == 0 && state("models/local") == 0 && state("models/remote") == 0)
        breaker.open(for: .seconds(5))
        list.breakers[1].open(for: .seconds(5))
        await reporter.report()
        #expect(state("model") == 2 && state("another name") == 2)
        #expect(state("models/local") == 0 && state("models/remote") == 2)
        breaker.reset()
        await reporter.report()
        #expect(state("model") == 0 && state("models/remote") == 2)
    }

    @Test("how many sends wait for a pacer")
    func pacers() async throws {
        let pacer = try Pacer(
            Policy("out") { Rule("all", .slidingLog(1, per: .seconds(1))) }, time: .provided(by: time))
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(pacer, named: "telegram")
        try await pacer.send {}
        let second = Task { try await pacer.send {} }
        await until { pacer.waiting == 1 }
        await reporter.report()
        #expect(metrics.level("sluice_pacer_waiting", ("pacer", "telegram")) == 1)
        #expect(metrics.level("sluice_pacer_waiting_limit", ("pacer", "telegram")) == 10_000)
        await until {
            time.advanceToNextSleeper()
            return pacer.waiting == 0
        }
        try await second.value
        await reporter.report()
        #expect(metrics.level("sluice_pacer_waiting", ("pacer", "telegram")) == 0)
    }

    @Test("how many messages a batcher has taken, and how many wait")
    func batchers() async throws {
        let batcher = MessageBatcher<String, String>(size: 2, time: .provided(by: time)) { _, _ in }
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(batcher, named: "chat")
        let first = Task { try await batcher.send("a", to: "1") }
        await until { batcher.waiting == 1 }
        await reporter.report()
        #expect(metrics.total("sluice_batcher_messages_total", ("batcher", "chat")) == 1)
        #expect(metrics.level("sluice_batcher_waiting", ("batcher", "chat")) == 1)
        try await batcher.send("b", to: "1")
        try await first.value
        await reporter.report()
        #expect(metrics.total("sluice_batcher_messages_total", ("batcher", "chat")) == 2)
        #expect(metrics.level("sluice_batcher_waiting", ("batcher", "chat")) == 0)
    }
}
