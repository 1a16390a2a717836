import Sluice
import SluiceTesting
import Synchronization
import Testing

@Suite("A message batcher")
struct MessageBatcherTests {
    private let time = ManualTime()

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    private func batcher(
        _ log: Log, size: Int = 3, capacity: Int = 100, failing: String? = nil
    ) -> MessageBatcher<String, String> {
        MessageBatcher(size: size, capacity: capacity, time: .provided(by: time)) { chat, messages in
            log.note("\(chat): \(messages.joined(separator: " "))")
            if messages.contains(where: { $0 == failing }) { throw Broken() }
        }
    }

    /// Sends in order, each in a task of its own.
    private func send(
        _ messages: [String], to chat: String = "a", _ batcher: MessageBatcher<String, String>
    ) async -> [Task<Void, any Error>] {
        var tasks: [Task<Void, any Error>] = []
        for message in messages {
            let before = batcher.accepted
            tasks.append(Task { try await batcher.send(message, to: chat) })
            await until { batcher.accepted > before }
        }
        return tasks
    }

    @Test("delivers a full batch at once, and the rest after the delay, in order")
    func batches() async throws {
        let log = Log()
        let batcher = batcher(log)
        let tasks = await send(["1", "2", "3", "4"], batcher)
        await until { log.words == ["a: 1 2 3"] }
        await time.untilSleepers(1)
        time.advance(by: .milliseconds(99))
        #expect(batcher.waiting == 1)
        time.advance(by: .milliseconds(1))
        for task in tasks { try await task.value }
        #expect(log.words == ["a: 1 2 3", "a: 4"])
        await until { time.sleeperCount == 0 }
    }

    @Test("keeps chats apart, and the order within each while a delivery takes its time")
    func order() async throws {
        let log = Log()
        let gate = Latch()
        let batcher = MessageBatcher<String, String>(size: 2, time: .provided(by: time)) { chat, messages in
            log.note("\(chat): \(messages.joined(separator: " "))")
            guard messages.contains("slow") else { return }
            await withCheckedContinuation { waiter in gate.waiter.withLock { $0 = waiter } }
        }
        let slow = await send(["slow", "1", "2", "3"], batcher)
        await until { gate.waiter.withLock { $0 != nil } }
        for task in await send(["x", "y"], to: "b", batcher) { try await task.value }
        #expect(log.words == ["a: slow 1", "b: x y"])
        gate.waiter.withLock { $0?.resume() }
        for task in slow { try await task.value }
        #expect(log.words == ["a: slow 1", "b: x y", "a: 2 3"])
    }

    @Test("tells an error to everybody whose message was in the batch, and to nobody else")
    func errors() async throws {
        let log = Log()
        let batcher = batcher(log, size: 2, failing: "bad")
        let tasks = await send(["good", "bad", "later", "last"], batcher)
        for task in tasks[..<2] { await #expect(throws: Broken.self) { try await task.value } }
        for task in tasks[2...] { try await task.value }
    }

    @Test("lets a cancelled message go, and the others without it")
    func cancellation() async throws {
        let log = Log()
        let batcher = batcher(log)
        let tasks = await send(["1", "2"], batcher)
        tasks[0].cancel()
        await #expect(throws: CancellationError.self) { try await tasks[0].value }
        await time.untilSleepers(1)
        time.advance(by: .milliseconds(100))
        try await tasks[1].value
        #expect(log.words == ["a: 2"])
        let last = await send(["3"], batcher)
        last[0].cancel()
        await #expect(throws: CancellationError.self) { try await last[0].value }
        await until { time.sleeperCount == 0 }
        #expect(batcher.waiting == 0)
    }

    @Test("holds no more messages than it may")
    func bounded() async throws {
        let log = Log()
        let batcher = batcher(log, size: 10, capacity: 2)
        let tasks = await send(["1", "2"], batcher)
        do {
            try await batcher.send("3", to: "b")
            Issue.record("it was taken")
        } catch let error as PacingError {
            #expect(error.code == .queueFull)
        }
        await time.untilSleepers(1)
        time.advance(by: .milliseconds(100))
        for task in tasks { try await task.value }
    }

    @Test("sends off what waits when it is shut down, and takes no more")
    func shutDown() async throws {
        let log = Log()
        let batcher = batcher(log)
        let tasks = await send(["1"], batcher) + send(["2"], to: "b", batcher)
        await batcher.shutDown()
        for task in tasks { try await task.value }
        #expect(log.words.sorted() == ["a: 1", "b: 2"])
        await #expect(throws: PacingError.self) { try await batcher.send("3", to: "a") }
        await until { time.sleeperCount == 0 }
    }

    private struct Broken: Error {}

    private final class Latch: Sendable {
        let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)
    }

    private final class Log: Sendable {
        private let state = Mutex<[String]>([])

        var words: [String] { state.withLock { $0 } }

        func note(_ word: String) { state.withLock { $0.append(word) } }
    }
}
