import Sluice
import SluiceTesting
import Synchronization
import Testing

@Suite("A pacer")
struct PacerTests {
    // Whole milliseconds, as logs count them.
    private let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_234))

    /// One a second to a chat, and a limit for all that can be held.
    private func pacer(
        _ settings: PacerSettings = PacerSettings(), overall: Int64 = 100
    ) throws -> Pacer<Limiter> {
        let policy = Policy("out") {
            Rule("overall", by: [], .slidingLog(overall, per: .seconds(1)), penalty: .onHold)
            Rule("chat", by: .chat, .slidingLog(1, per: .seconds(1)), penalty: .onHold)
        }
        return try Pacer(policy, settings: settings, time: .provided(by: time))
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("lets a send pass at once that may, and returns what it returns")
    func atOnce() async throws {
        let answer = try await pacer().send(to: [.chat: "1"]) { 42 }
        #expect(answer == 42)
        #expect(time.sleeperCount == 0)
    }

    @Test("makes the sends to one chat one after the other, in order, and others meanwhile")
    func order() async throws {
        let pacer = try pacer()
        let log = Log()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask { try await pacer.send(to: [.chat: "1"]) { log.note("a\(number)") } }
                await until { pacer.waiting == max(0, number) && (number > 0 || log.words.count == 1) }
            }
            try await pacer.send(to: [.chat: "2"]) { log.note("b") }
            #expect(log.words == ["a0", "b"])
            for _ in 1..<4 {
                await time.untilSleepers(1)
                let count = log.words.count
                time.advanceToNextSleeper()
                await until { log.words.count > count }
            }
            try await group.waitForAll()
        }
        #expect(log.words == ["a0", "b", "a1", "a2", "a3"])
        await until { time.sleeperCount == 0 }
    }

    @Test("begins no send to a chat before the one in front is over")
    func oneAtATime() async throws {
        let pacer = try Pacer(
            Policy("out") { Rule("all", .tokenBucket(100, per: .seconds(1))) }, time: .provided(by: time))
        let gate = Gate()
        async let first: Void = pacer.send(to: [.chat: "1"]) { await gate.pass() }
        await until { gate.waiting == 1 }
        async let second: Void = pacer.send(to: [.chat: "1"]) { await gate.pass() }
        await until { pacer.waiting == 1 }
        async let third: Void = pacer.send(to: [.chat: "1"], inOrder: false) { await gate.pass() }
        await until { gate.waiting == 2 }
        gate.open()
        _ = try await (first, second, third)
    }

    @Test("obeys a server's Retry-After exactly, then sends again before what waits behind")
    func retryAfter() async throws {
        let pacer = try pacer()
        let log = Log()
        let start = time.now()
        async let first: Void = pacer.send(to: [.chat: "1"]) {
            log.note("first at \(time.now() - start)")
            if log.words.count == 1 { throw RetryAfter(.seconds(7)) }
        }
        await until { log.words.count == 1 && pacer.waiting == 1 }
        async let second: Void = pacer.send(to: [.chat: "1"]) { log.note("second") }
        await until { pacer.waiting == 2 }
        // Other chats go on.
        try await pacer.send(to: [.chat: "2"]) { log.note("other") }
        for count in [3, 4] {
            await time.untilSleepers(1)
            time.advanceToNextSleeper()
            await until { log.words.count == count }
        }
        _ = try await (first, second)
        #expect(log.words == ["first at 0.0 seconds", "other", "first at 7.0 seconds", "second"])
        // Whoever shares the limits was told.
        let decision = try pacer.limiter.peek("out", [.chat: "1"])
        #expect(decision.retryAfter == .seconds(1))
    }

    @Test("tells all who share the limits about a pause, for its scope alone")
    func sharedPause() async throws {
        let limiter = try Limiter([PacingPreset.telegram().policy], time: .provided(by: time))
        let pacer = try Pacer(limiter, .telegram())
        for (chat, scope) in [("1", RetryScope.destination), ("2", .everything)] {
            await #expect(throws: RetryAfter(.seconds(30), scope: scope)) {
                try await pacer.send(to: .telegram(chat: chat), upTo: .seconds(1)) {
                    throw RetryAfter(.seconds(30), scope: scope)
                }
            }
            #expect(try limiter.peek("telegram", [.chat: "1"]).retryAfter == .seconds(30))
            let other = try limiter.peek("telegram", [.chat: "3"])
            #expect(other.isAllowed == (scope == .destination))
        }
    }

    @Test("gives up after so many attempts, with the server's own error")
    func attempts() async throws {
        var settings = PacerSettings()
        settings.attempts = 3
        let pacer = try pacer(settings)
        let log = Log()
        let task = Task {
            try await pacer.send(to: [.chat: "1"]) {
                log.note("sent")
                throw RetryAfter(.seconds(2))
            }
        }
        for count in 2...3 {
            await time.untilSleepers(1)
            time.advanceToNextSleeper()
            await until { log.words.count == count }
        }
        await #expect(throws: RetryAfter(.seconds(2))) { try await task.value }
        #expect(pacer.waiting == 0)
    }

    @Test("throws what the closure throws, and goes on")
    func failure() async throws {
        struct Broken: Error {}
        let pacer = try pacer()
        await #expect(throws: Broken.self) { try await pacer.send(to: [.chat: "1"]) { throw Broken() } }
        try await pacer.send(to: [.chat: "2"]) {}
    }

    @Test("refuses at once what certainly cannot begin in time, and later what could not")
    func deadlines() async throws {
        let pacer = try pacer()
        try await pacer.send(to: [.chat: "1"]) {}
        await #expect(throws: PacingError.self) {
            try await pacer.send(to: [.chat: "1"], upTo: .milliseconds(900)) {}
        }
        #expect(time.sleeperCount == 0)
        // The one in front takes the only place in time.
        let first = Task { try await pacer.send(to: [.chat: "1"]) {} }
        await until { pacer.waiting == 1 }
        let late = Task { try await pacer.send(to: [.chat: "1"], before: time.now() + .milliseconds(1_500)) {} }
        await until { pacer.waiting == 2 }
        await time.untilSleepers(1)
        time.advance(by: .seconds(1))
        try await first.value
        do {
            try await late.value
            Issue.record("it began too late")
        } catch let error as PacingError {
            #expect(error.code == .tooLate)
        }
    }

    @Test("refuses the newest when as many wait as may, or gives up the lowest")
    func full() async throws {
        for whenFull in [PacerSettings.WhenFull.rejectNewest, .dropLowest] {
            var settings = PacerSettings()
            (settings.capacity, settings.whenFull) = (2, whenFull)
            let pacer = try pacer(settings)
            try await pacer.send(to: [.chat: "1"]) {}
            let low = Task { try await pacer.send(to: [.chat: "1"], priority: .low) {} }
            await until { pacer.waiting == 1 }
            let normal = Task { try await pacer.send(to: [.chat: "1"]) {} }
            await until { pacer.waiting == 2 }
            let high = Task { try await pacer.send(to: [.chat: "1"], priority: .high) {} }
            let loser = whenFull == .rejectNewest ? high : low
            do {
                try await loser.value
                Issue.record("nobody was refused")
            } catch let error as PacingError {
                #expect(error.code == .queueFull)
            }
            for task in [low, normal, high] where task != loser { task.cancel() }
            for task in [low, normal, high] where task != loser {
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            #expect(pacer.waiting == 0)
            time.advance(by: .seconds(2))
        }
    }

    @Test("lets a cancelled send go, and leaves nothing behind")
    func cancellation() async throws {
        let pacer = try pacer()
        try await pacer.send(to: [.chat: "1"]) {}
        let task = Task { try await pacer.send(to: [.chat: "1"]) { Issue.record("it was sent") } }
        await until { pacer.waiting == 1 && time.sleeperCount == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await until { time.sleeperCount == 0 }
        time.advance(by: .seconds(1))
        #expect(try pacer.limiter.peek("out", [.chat: "1"]).isAllowed)
    }

    @Test("says when a send can never pass")
    func never() async throws {
        do {
            try await pacer().send(to: [.chat: "1"], cost: 1_000) {}
            Issue.record("it passed")
        } catch let error as PacingError {
            #expect(error.code == .neverPasses)
            #expect(error.message.contains("rule 'overall'") || error.message.contains("rule 'chat'"))
        }
    }

    @Test("corrects a cost after the call, up and down")
    func correction() async throws {
        let pacer = try Pacer(.languageModel(tokensPerMinute: 6_000), time: .provided(by: time))
        let answer = try await pacer.send(estimate: 1_000) { Metered("long", cost: 7_000) }
        #expect(answer == "long")
        // A thousand beyond the limit, and a hundred more: eleven seconds.
        #expect(try pacer.limiter.peek("llm", [:], cost: 100).retryAfter == .seconds(11))
        let waiting = Task { try await pacer.send(estimate: 100) { Metered((), cost: 0) } }
        await time.untilSleepers(1)
        time.advance(by: .seconds(11))
        try await waiting.value
        #expect(try pacer.limiter.peek("llm", [:], cost: 100).isAllowed)
    }

    @Test("wakes who waits when a call has cost less than was thought")
    func givenBack() async throws {
        let pacer = try Pacer(.languageModel(tokensPerMinute: 6_000), time: .provided(by: time))
        let gate = Gate()
        async let first: Void = pacer.send(estimate: 6_000) {
            await gate.pass()
            return Metered((), cost: 10)
        }
        await until { gate.waiting == 1 }
        async let second: Void = pacer.send(estimate: 3_000) { Metered((), cost: 3_000) }
        await until { pacer.waiting == 1 && time.sleeperCount == 1 }
        gate.open()
        _ = try await (first, second)
    }

    @Test("charges an answer once more that came late")
    func lateAnswers() async throws {
        var settings = PacerSettings()
        settings.lateness = .milliseconds(20)
        let pacer = try pacer(settings, overall: 10)
        for (index, span) in [5, 24, 26].enumerated() {
            try await pacer.send(to: [.chat: "\(index)"]) { time.advance(by: .milliseconds(span)) }
        }
        // Three sends, and the last counted twice.
        let outcomes = try pacer.limiter.explain("out", [.chat: "9"], charging: false)
        #expect(outcomes.rules[0].decision.remaining == 6)
    }

    @Test("takes no more once it is shut down, and returns when all is done")
    func shutDown() async throws {
        let pacer = try pacer()
        try await pacer.send(to: [.chat: "1"]) {}
        let last = Task { try await pacer.send(to: [.chat: "1"]) {} }
        await until { pacer.waiting == 1 && time.sleeperCount == 1 }
        let ending = Task { await pacer.shutDown() }
        await until { pacer.isShutDown }
        await #expect(throws: PacingError.self) { try await pacer.send(to: [.chat: "2"]) {} }
        time.advance(by: .seconds(1))
        try await last.value
        await ending.value
    }

    @Test("gives up what waits when its shutdown is cancelled")
    func hurriedShutDown() async throws {
        let pacer = try pacer()
        try await pacer.send(to: [.chat: "1"]) {}
        let last = Task { try await pacer.send(to: [.chat: "1"]) {} }
        await until { pacer.waiting == 1 && time.sleeperCount == 1 }
        let ending = Task { await pacer.shutDown() }
        await until { pacer.isShutDown }
        ending.cancel()
        await ending.value
        await #expect(throws: PacingError.self) { try await last.value }
    }

    @Test("looks its policy up again after a reload")
    func reload() async throws {
        let pacer = try pacer()
        try await pacer.send(to: [.chat: "1"]) {}
        try pacer.limiter.replacePolicies(
            with: [Policy("out") { Rule("chat", by: .chat, .slidingLog(2, per: .seconds(1))) }])
        try await pacer.send(to: [.chat: "1"]) {}
        #expect(time.sleeperCount == 0)
    }

    @Test("says the nearest name of a policy that is not there")
    func unknownPolicy() throws {
        let limiter = try Limiter([PacingPreset.igdb().policy])
        let error = #expect(throws: SluiceError.self) { try Pacer(limiter, "igbd") }
        #expect(error?.message.contains("igdb") == true)
    }

    /// What happened, in order.
    private final class Log: Sendable {
        private let state = Mutex<[String]>([])

        var words: [String] { state.withLock { $0 } }

        func note(_ word: String) { state.withLock { $0.append(word) } }
    }

    /// Keeps closures until it opens.
    private final class Gate: Sendable {
        private struct State {
            var isOpen = false
            var waiters: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        var waiting: Int { state.withLock { $0.waiters.count } }

        func pass() async {
            await withCheckedContinuation { waiter in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiters.append(waiter) }
                    return state.isOpen
                }
                if isOpen { waiter.resume() }
            }
        }

        func open() {
            let waiters = state.withLock { state in
                state.isOpen = true
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }
}
