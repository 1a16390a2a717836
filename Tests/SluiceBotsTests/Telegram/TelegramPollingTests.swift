import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Synchronization
import Testing

@Suite("Long polling")
struct TelegramPollingTests {
    private final class Seen: Sendable {
        private let ids = Mutex<[Int64]>([])
        var all: [Int64] { ids.withLock { $0 } }
        func append(_ id: Int64) { ids.withLock { $0.append(id) } }
    }

    @Test("what is received is handled, confirmed, and not received again")
    func handled() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let (seen, done) = (Seen(), Barrier())
        for text in ["a", "b", "c"] { api.send(.message(text)) }
        let polling = TelegramPolling(TelegramBot(api), time: .provided(by: time)) { update in
            seen.append(update.id)
            if update.id == 3 { done.open() }
        }
        async let polled: Void = polling.poll()
        await done.wait()
        polling.stop()
        try await polled
        #expect(seen.all == [1, 2, 3])
        #expect(api.pendingUpdates == 0)
    }

    @Test("what is in hand when the process dies comes again; what was handled does not")
    func dies() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let (stuck, seen, again) = (Barrier(), Seen(), Barrier())
        api.send(.message("slow").from(1))
        api.send(.message("quick").from(2))
        let first = TelegramPolling(TelegramBot(api), time: .provided(by: time)) { update in
            if update.id == 1 { await stuck.wait() }
        }
        let life = Task { try await first.poll() }
        await stuck.untilWaiting()
        life.cancel()
        stuck.open()
        try? await life.value
        let second = TelegramPolling(TelegramBot(api), time: .provided(by: time)) { update in
            seen.append(update.id)
            if update.id == 1 { again.open() }
        }
        async let polled: Void = second.poll()
        await again.wait()
        second.stop()
        try await polled
        #expect(seen.all.contains(1))
        #expect(api.pendingUpdates == 0)
    }

    @Test("a slow chat holds up no other")
    func slowChat() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let (stuck, other) = (Barrier(), Barrier())
        let polling = TelegramPolling(TelegramBot(api), time: .provided(by: time)) { update in
            if update.update.user?.id == "1" { await stuck.wait() } else { other.open() }
        }
        async let polled: Void = polling.poll()
        api.send(.message("slow").from(1))
        await stuck.untilWaiting()
        api.send(.message("quick").from(2))
        // It looks for others as time goes on, although the first is unconfirmed.
        let clock = Task {
            while !Task.isCancelled {
                await time.untilSleepers(1)
                time.advanceToNextSleeper()
                await Task.yield()
            }
        }
        await other.wait()
        clock.cancel()
        stuck.open()
        polling.stop()
        try await polled
        #expect(api.pendingUpdates == 0)
    }

    @Test("failures are told and waited out; a conflict says what to do")
    func failures() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let told = Mutex<[TelegramError]>([])
        let done = Barrier()
        api.answerNext("getUpdates", status: 502, "Bad Gateway")
        api.answerNext("getUpdates", status: 409, "Conflict: terminated by other getUpdates request")
        api.answerNext("getUpdates", status: 429, "Too Many Requests", parameters: ["retry_after": 40])
        api.send(.message("hi"))
        let polling = TelegramPolling(
            TelegramBot(api), time: .provided(by: time), observing: { error in told.withLock { $0.append(error) } }
        ) { _ in done.open() }
        let start = time.now()
        async let polled: Void = polling.poll()
        for _ in 0..<3 {
            await time.untilSleepers(1)
            time.advanceToNextSleeper()
        }
        await done.wait()
        polling.stop()
        try await polled
        #expect(told.withLock { $0.map(\.code) } == [.unavailable, .conflict, .tooManyRequests])
        #expect(time.now() - start >= .seconds(40))
    }

    @Test("a revoked token ends it")
    func revoked() async {
        let api = FakeBotAPI()
        api.answerNext("getUpdates", status: 401, "Unauthorized")
        let polling = TelegramPolling(TelegramBot(api)) { _ in }
        let error = await #expect(throws: TelegramError.self) { try await polling.poll() }
        #expect(error?.code == .unauthorized)
    }

    @Test("an update that cannot be read is told, confirmed, and spoils no other")
    func unreadable() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let told = Mutex<[Int64?]>([])
        let done = Barrier()
        api.send(.message("hi").set("chat", ["id": "x"]))
        api.send(.message("hi"))
        let polling = TelegramPolling(
            TelegramBot(api), time: .provided(by: time),
            observing: { error in told.withLock { $0.append(error.updateID) } }
        ) { _ in done.open() }
        async let polled: Void = polling.poll()
        await done.wait()
        polling.stop()
        try await polled
        #expect(told.withLock { $0 } == [1])
        #expect(api.pendingUpdates == 0)
    }
}
