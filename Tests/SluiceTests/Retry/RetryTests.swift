import SluiceTesting
import Testing

@testable import Sluice

@Suite("Trying again")
struct RetryTests {
    private struct Fault: Error, Equatable {
        var number = 0
    }

    private struct Busy: RetryAfterError {
        var retryAfter: Duration
    }

    private let time = ManualTime()

    private func retry(
        attempts: Int, within longest: Duration? = nil, budget: RetryBudget? = nil,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual
    ) -> Retry {
        Retry(
            attempts: attempts, backOff: BackOff(first: .seconds(1), longest: .seconds(4), jitter: .none),
            within: longest, budget: budget, time: .provided(by: time), verdict: verdict)
    }

    /// Runs something, moving time to each moment that it waits for, and tells when it was called.
    private func moments(
        _ retry: Retry, _ body: @escaping @Sendable (Int) throws -> Void
    ) async -> (seconds: [Double], error: (any Error)?) {
        let (calls, continuation) = AsyncStream.makeStream(of: Double.self)
        let (start, time) = (time.now(), time)
        let running = Task {
            var count = 0
            defer { continuation.finish() }
            try await retry.run {
                count += 1
                continuation.yield((time.now() - start) / .seconds(1))
                try body(count)
            }
        }
        let clock = Task { while !Task.isCancelled { if !time.advanceToNextSleeper() { await Task.yield() } } }
        var seconds: [Double] = []
        for await call in calls { seconds.append(call) }
        clock.cancel()
        do { try await running.value } catch { return (seconds, error) }
        return (seconds, nil)
    }

    @Test("waits for longer each time, until it succeeds")
    func succeeds() async {
        let (seconds, error) = await moments(retry(attempts: 9)) { if $0 < 6 { throw Fault(number: $0) } }
        #expect(seconds == [0, 1, 3, 7, 11, 15])
        #expect(error == nil)
    }

    @Test("gives up after its attempts with the last error")
    func attempts() async {
        let (seconds, error) = await moments(retry(attempts: 3)) { throw Fault(number: $0) }
        #expect(seconds == [0, 1, 3])
        #expect(error as? Fault == Fault(number: 3))
    }

    @Test("gives up before its deadline rather than beginning behind it")
    func deadline() async {
        let late = await moments(retry(attempts: 9, within: .milliseconds(6_999))) { throw Fault(number: $0) }
        #expect(late.seconds == [0, 1, 3])
        #expect(late.error as? Fault == Fault(number: 3))
        let inTime = await moments(retry(attempts: 9, within: .seconds(7))) { throw Fault(number: $0) }
        #expect(inTime.seconds == [0, 1, 3, 7])
    }

    @Test("waits as long as a server says, and gives up at once if that is too long")
    func retryAfter() async {
        let obeyed = await moments(retry(attempts: 3, within: .seconds(60))) {
            throw Busy(retryAfter: .milliseconds($0 == 1 ? 30_000 : 10))
        }
        #expect(obeyed.seconds == [0, 30, 32])
        let tooLong = await moments(retry(attempts: 3, within: .seconds(60))) { _ in
            throw Busy(retryAfter: .seconds(61))
        }
        #expect(tooLong.seconds == [0])
    }

    @Test("waits for a breaker that is open")
    func breaker() async {
        let breaker = CircuitBreaker("model", time: .provided(by: time))
        breaker.open(for: .seconds(42))
        let open = CircuitOpenError(breaker: "model", retryAfter: .seconds(42))
        let (seconds, error) = await moments(retry(attempts: 2)) { if $0 == 1 { throw open } }
        #expect(seconds == [0, 42])
        #expect(error == nil)
    }

    @Test("does not try again what is no failure, nor what was cancelled")
    func noFailure() async {
        let refused = retry(attempts: 5) { ($0 as? Fault)?.number == 1 ? .failure : .success }
        #expect(await moments(refused) { throw Fault(number: $0) }.seconds == [0, 1])
        #expect(await moments(retry(attempts: 5)) { _ in throw CancellationError() }.seconds == [0])
    }

    @Test("ends at once when its task is cancelled, and leaves no sleeper behind")
    func cancelled() async throws {
        let retry = retry(attempts: 5)
        let running = Task { try await retry.run { throw Fault() } }
        await time.untilSleepers(1)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(time.sleeperCount == 0)
    }

    @Test("ends when its budget is used up, and tries again when requests have filled it")
    func budget() async throws {
        let budget = RetryBudget(percent: 10, floorPerSecond: 0, time: .provided(by: time))
        let retry = retry(attempts: 5, budget: budget)
        #expect(await moments(retry) { throw Fault(number: $0) }.seconds == [0])
        for _ in 0..<18 { try await retry.run {} }
        #expect(await moments(retry) { throw Fault(number: $0) }.seconds == [0, 1, 3])
    }
}
