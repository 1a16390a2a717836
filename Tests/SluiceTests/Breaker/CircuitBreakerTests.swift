import SluiceTesting
import Testing

@testable import Sluice

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private let time = ManualTime()

    private struct Fault: Error, Equatable {
        var number = 0
    }

    private struct Busy: RetryAfterError {
        var retryAfter: Duration
    }

    private func breaker(
        _ configuration: BreakerConfiguration = BreakerConfiguration(
            failuresInARow: 2, backOff: BackOff(first: .seconds(5), longest: .seconds(300), jitter: .none)),
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual
    ) -> CircuitBreaker {
        CircuitBreaker("model", configuration, time: .provided(by: time), verdict: verdict)
    }

    private func fail(_ breaker: CircuitBreaker, _ times: Int = 1, with error: any Error = Fault()) async {
        for _ in 0..<times { try? await breaker.run { throw error } }
    }

    @Test("hands through what is returned and thrown while it is closed")
    func closed() async throws {
        let breaker = breaker()
        #expect(try await breaker.run { 42 } == 42)
        await #expect(throws: Fault(number: 7)) { try await breaker.run { throw Fault(number: 7) } }
        #expect(breaker.state == .closed)
    }

    @Test("refuses without a call while it is open, and tells when to come back, exactly")
    func open() async throws {
        let breaker = breaker()
        await fail(breaker, 2)
        #expect(breaker.state == .open(until: time.now() + .seconds(5)))
        time.advance(by: .seconds(2))
        await #expect(throws: CircuitOpenError(breaker: "model", retryAfter: .seconds(3))) {
            try await breaker.run { Issue.record("called") }
        }
        time.advance(by: .milliseconds(2_999))
        await #expect(throws: CircuitOpenError.self) { try await breaker.run { Issue.record("called") } }
        time.advance(by: .milliseconds(1))
        #expect(try await breaker.run { 42 } == 42)
        #expect(breaker.state == .closed)
    }

    @Test("waits 5 s, doubled up to 300 s, and 5 s again after a success: the schedule of the Twitch bot")
    func schedule() async throws {
        let breaker = breaker(
            BreakerConfiguration(
                failuresInARow: 1, backOff: BackOff(first: .seconds(5), longest: .seconds(300), jitter: .none)))
        for wait in [5, 10, 20, 40, 80, 160, 300, 300, 300] as [Int64] {
            await fail(breaker)
            #expect(breaker.state == .open(until: time.now() + .seconds(wait)))
            time.advance(by: .seconds(wait))
        }
        try await breaker.run {}
        await fail(breaker)
        #expect(breaker.state == .open(until: time.now() + .seconds(5)))
    }

    @Test("opens at once for as long as a server says")
    func retryAfter() async throws {
        let breaker = breaker()
        await fail(breaker, with: Busy(retryAfter: .seconds(90)))
        #expect(breaker.state == .open(until: time.now() + .seconds(90)))
    }

    @Test("counts what its verdict says, and nothing of calls that are cancelled")
    func verdicts() async throws {
        let breaker = breaker { error in (error as? Fault)?.number == 404 ? .success : FailureVerdict.usual(error) }
        for _ in 0..<10 {
            await fail(breaker, with: Fault(number: 404))
            await fail(breaker, with: CancellationError())
            await fail(breaker)
            await fail(breaker, with: Fault(number: 404))
        }
        #expect(breaker.state == .closed)
        let cancelled = Task {
            for _ in 0..<5 { try? await breaker.run { throw Fault() } }
        }
        cancelled.cancel()
        await cancelled.value
        await fail(breaker)
        // A task that was cancelled before it began may still have failed on its own account.
        await fail(breaker)
        #expect(breaker.state != .closed)
    }

    @Test("a cancelled probe makes room for another one")
    func cancelledProbe() async throws {
        let breaker = breaker()
        await fail(breaker, 2)
        time.advance(by: .seconds(5))
        let probe = Task { [time] in
            try await breaker.run { try await time.sleep(until: time.now() + .hours(1)) }
        }
        await time.untilSleepers(1)
        #expect(breaker.state == .halfOpen)
        await #expect(throws: CircuitOpenError.self) { try await breaker.run {} }
        probe.cancel()
        await #expect(throws: CancellationError.self) { try await probe.value }
        try await breaker.run {}
        #expect(breaker.state == .closed)
        #expect(time.sleeperCount == 0)
    }

    @Test("takes calls that are too slow for failures, and hands their results through")
    func slow() async throws {
        let breaker = breaker(BreakerConfiguration(failuresInARow: 2, slowAfter: .seconds(3)))
        for (span, isClosed) in [(2_999, true), (3_000, true), (2_999, true), (3_000, true), (3_000, false)] {
            let result = try await breaker.run {
                time.advance(by: .milliseconds(span))
                return span
            }
            #expect(result == span)
            #expect((breaker.state == .closed) == isClosed)
        }
    }

    @Test("gives permits to callers whose calls are not one function")
    func permits() async throws {
        let breaker = breaker()
        for _ in 0..<2 {
            guard case .pass(let permit) = await breaker.ask() else {
                Issue.record("refused")
                return
            }
            permit.failed()
        }
        guard case .refuse(let refusal) = await breaker.ask() else {
            Issue.record("passed")
            return
        }
        #expect(refusal.retryAfter == .seconds(5))
        #expect(refusal.description.contains("'model'") && refusal.description.contains("5.0 seconds"))
        time.advance(by: .seconds(5))
        // Dropped without a word: the next one probes.
        _ = await breaker.ask()
        guard case .pass(let permit) = await breaker.ask() else {
            Issue.record("refused")
            return
        }
        permit.succeeded()
        #expect(breaker.state == .closed)
    }

    @Test("tells every listener all that happens, in order, and nothing before he came")
    func events() async throws {
        let breaker = breaker()
        await fail(breaker, 2)
        var first = breaker.events.makeAsyncIterator()
        var second = breaker.events.makeAsyncIterator()
        let opened = CircuitBreaker.State.open(until: time.now() + .seconds(5))
        time.advance(by: .seconds(5))
        try await breaker.run {}
        breaker.open(for: .seconds(1))
        breaker.reset()
        let now = time.now()
        let forced = CircuitBreaker.State.open(until: now + .seconds(1))
        let expected: [(CircuitBreaker.State, CircuitBreaker.State)] = [
            (opened, .halfOpen), (.halfOpen, .closed), (.closed, forced), (forced, .closed),
        ]
        for (from, to) in expected {
            let event = CircuitBreaker.Event("model", now, .changed(from: from, to: to))
            #expect(await first.next() == event)
            #expect(await second.next() == event)
        }
    }

    @Test("keeps no more events than it says for who does not listen, and forgets who has gone")
    func eventBounds() async throws {
        var breaker: CircuitBreaker? = breaker()
        let kept = try #require(breaker?.events)
        for _ in 0..<200 {
            breaker?.open(for: .seconds(1))
            breaker?.reset()
        }
        weak let gone = breaker
        breaker = nil
        #expect(gone == nil)
        var count = 0
        for await _ in kept { count += 1 }
        #expect(count == CircuitBreaker.mostEvents)
    }

    @Test("is shared between tasks: of many at once only the probes pass")
    func tasks() async throws {
        let breaker = breaker()
        await fail(breaker, 2)
        time.advance(by: .seconds(5))
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask { [time] in
                    (try? await breaker.run { try await time.sleep(until: time.now() + .seconds(1)) }) != nil
                }
            }
            await time.untilSleepers(1)
            var passed = 0
            for _ in 0..<199 where await group.next() == true { passed += 1 }
            time.advance(by: .seconds(1))
            if await group.next() == true { passed += 1 }
            return passed
        }
        #expect(passed == 1)
        #expect(breaker.state == .closed)
    }
}
