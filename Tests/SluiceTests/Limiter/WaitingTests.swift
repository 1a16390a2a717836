import Sluice
import SluiceTesting
import Synchronization
import Testing

@Suite("Callers who wait")
struct WaitingTests {
    private let time = ManualTime()

    private func limiter(_ limit: Limit = .tokenBucket(1, per: .seconds(1))) throws -> Limiter {
        try Limiter([Policy("p", rules: [Rule("r", by: .user, limit)])], time: .provided(by: time))
    }

    @Test("Who may pass does not wait")
    func atOnce() async throws {
        let decision = try await limiter().waitUntilAllowed("p", [.user: "1"], upTo: .seconds(5))
        #expect(decision.isAllowed)
        #expect(time.sleeperCount == 0)
    }

    @Test("Who may never pass, or not in time, is told at once")
    func never() async throws {
        let limiter = try limiter()
        let impossible = try await limiter.waitUntilAllowed("p", [.user: "1"], cost: 2, upTo: .seconds(5))
        #expect(impossible.retryAfter == nil)
        #expect(try limiter.decide("p", [.user: "1"]).isAllowed)
        let late = try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .milliseconds(999))
        #expect(!late.isAllowed && late.retryAfter == .seconds(1))
        #expect(time.sleeperCount == 0)
    }

    @Test("Callers of one descriptor are served in the order in which they came")
    func inOrder() async throws {
        let limiter = try limiter()
        #expect(try limiter.decide("p", [.user: "1"]).isAllowed)
        let served = Order()
        try await withThrowingTaskGroup(of: Void.self) { [time] group in
            for caller in 0..<5 {
                group.addTask {
                    let decision = try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60))
                    #expect(decision.isAllowed)
                    served.append(caller)
                }
                // The first sleeps until the retry; those behind sleep until their time is up.
                await time.untilSleepers(caller + 1)
            }
            for turn in 1...5 {
                time.advance(by: .seconds(1))
                while served.callers.count < turn { await Task.yield() }
                if turn < 5 { await time.untilSleepers(5 - turn) }
            }
            try await group.waitForAll()
        }
        #expect(served.callers == [0, 1, 2, 3, 4])
        #expect(time.sleeperCount == 0)
    }

    @Test("Callers of other descriptors do not wait in that line")
    func otherLines() async throws {
        let limiter = try limiter()
        #expect(try limiter.decide("p", [.user: "1"]).isAllowed)
        let waiting = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60)) }
        await time.untilSleepers(1)
        #expect(try await limiter.waitUntilAllowed("p", [.user: "2"], upTo: .zero).isAllowed)
        time.advance(by: .seconds(1))
        #expect(try await waiting.value.isAllowed)
    }

    @Test("A cancelled caller throws, leaves the line, and charges nothing")
    func cancelled() async throws {
        let limiter = try limiter()
        #expect(try limiter.decide("p", [.user: "1"]).isAllowed)
        let first = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60)) }
        await time.untilSleepers(1)
        let second = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60)) }
        await time.untilSleepers(2)
        let third = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60)) }
        await time.untilSleepers(3)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        await time.untilSleepers(1)
        time.advance(by: .seconds(1))
        #expect(try await third.value.isAllowed)
        #expect(time.sleeperCount == 0)
    }

    @Test("Whose time is up in the line is denied, and the others go on")
    func timeUp() async throws {
        let limiter = try limiter(.tokenBucket(1, per: .seconds(10)))
        #expect(try limiter.decide("p", [.user: "1"]).isAllowed)
        let first = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(60)) }
        await time.untilSleepers(1)
        let hasty = Task { try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .seconds(3)) }
        await time.untilSleepers(2)
        time.advance(by: .seconds(3))
        #expect(try await !hasty.value.isAllowed)
        time.advance(by: .seconds(7))
        #expect(try await first.value.isAllowed)
    }

    @Test("No more than 10,000 wait in all lines together")
    func tooMany() async throws {
        let limiter = try limiter()
        for user in 0..<200 { #expect(try limiter.decide("p", [.user: "\(user)"]).isAllowed) }
        await withThrowingTaskGroup(of: Void.self) { [time] group in
            for waiter in 0..<10_000 {
                group.addTask {
                    _ = try await limiter.waitUntilAllowed("p", [.user: "\(waiter % 200)"], upTo: .hours(9))
                }
            }
            await time.untilSleepers(10_000)
            let error = await #expect(throws: SluiceError.self) {
                try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .hours(9))
            }
            #expect(error?.code == .tooManyWaiters)
            group.cancelAll()
            var cancelled = 0
            while let result = await group.nextResult() {
                if case .failure(let error) = result, error is CancellationError { cancelled += 1 }
            }
            #expect(cancelled == 10_000)
        }
        time.advance(by: .seconds(1))
        #expect(try await limiter.waitUntilAllowed("p", [.user: "1"], upTo: .zero).isAllowed)
    }
}

/// Who was served, in order.
private final class Order: Sendable {
    private let list = Mutex<[Int]>([])

    var callers: [Int] { list.withLock { $0 } }

    func append(_ caller: Int) { list.withLock { $0.append(caller) } }
}
