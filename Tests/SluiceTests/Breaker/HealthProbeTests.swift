import SluiceTesting
import Synchronization
import Testing

@testable import Sluice

@Suite("A health probe")
struct HealthProbeTests {
    private struct Down: Error {}

    /// What is probed.
    private final class Service: Sendable {
        let isUp = Atomic<Bool>(false)
        let probes = Atomic<Int>(0)

        func probe() throws {
            probes.wrappingAdd(1, ordering: .relaxed)
            if !isUp.load(ordering: .relaxed) { throw Down() }
        }
    }

    private let time = ManualTime()

    private func opened(probes: Int = 1) async -> CircuitBreaker {
        let configuration = BreakerConfiguration(
            failuresInARow: 1, backOff: BackOff(first: .seconds(5), longest: .seconds(300), jitter: .none),
            probes: probes)
        let breaker = CircuitBreaker("model", configuration, time: .provided(by: time))
        try? await breaker.run { throw Down() }
        return breaker
    }

    @Test("finds out when it works again, while traffic waits, and then waits for the next fault", arguments: [1, 3])
    func finds(_ probes: Int) async throws {
        let breaker = await opened(probes: probes)
        let service = Service()
        let running = Task { try await HealthProbe(of: breaker) { try service.probe() }.run() }
        for (round, wait) in [5, 10, 20].enumerated() {
            // It sleeps, and not the deadline of its last probe.
            await untilTrue { breaker.state == .open(until: time.now() + .seconds(wait)) && time.sleeperCount == 1 }
            #expect(service.probes.load(ordering: .relaxed) == round)
            time.advance(by: .seconds(wait))
            await untilTrue { service.probes.load(ordering: .relaxed) > round }
            await #expect(throws: CircuitOpenError.self) { try await breaker.run { Issue.record("called") } }
        }
        await untilTrue { breaker.state == .open(until: time.now() + .seconds(40)) && time.sleeperCount == 1 }
        service.isUp.store(true, ordering: .relaxed)
        time.advance(by: .seconds(40))
        await untilTrue { breaker.state == .closed }
        #expect(service.probes.load(ordering: .relaxed) == 3 + probes)
        await untilTrue { time.sleeperCount == 0 }
        try await breaker.run {}
        try? await breaker.run { throw Down() }
        await time.untilSleepers(1)
        time.advance(by: .seconds(5))
        await untilTrue { breaker.state == .closed }
        #expect(service.probes.load(ordering: .relaxed) == 3 + 2 * probes)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test("that does not end in time has failed")
    func tooLate() async throws {
        let breaker = await opened()
        let time = time
        let running = Task {
            try await HealthProbe(of: breaker) { try await time.sleep(until: time.now() + .hours(9)) }.run()
        }
        await time.untilSleepers(1)
        time.advance(by: .seconds(5))
        // The probe and its deadline.
        await time.untilSleepers(2)
        #expect(breaker.state == .halfOpen)
        time.advance(by: .seconds(30))
        await untilTrue { breaker.state == .open(until: time.now() + .seconds(10)) }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(time.sleeperCount == 0)
    }

    @Test("that is cancelled leaves nothing behind: traffic probes again")
    func cancelled() async throws {
        for isProbing in [false, true] {
            let breaker = await opened()
            let time = time
            let running = Task {
                try await HealthProbe(of: breaker) { try await time.sleep(until: time.now() + .hours(9)) }.run()
            }
            await time.untilSleepers(1)
            time.advance(by: .seconds(5))
            await time.untilSleepers(2)
            if !isProbing { time.advance(by: .seconds(30)) }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(time.sleeperCount == 0)
            time.advance(by: .seconds(300))
            try await breaker.run {}
            #expect(breaker.state == .closed)
        }
    }

    /// Looks again each time somebody else had a turn.
    private func untilTrue(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }
}
