import SluiceBots
import Synchronization
import Testing

@Suite("Updates in the background")
struct UpdateWorkerTests {
    /// What a handler has seen, and a gate that it waits at.
    private final class Record: Sendable {
        let items = Mutex<[Int]>([])
        let gate = Barrier()
    }

    @Test("a slow chat holds up no other, and keeps its order")
    func slowChat() async {
        let record = Record()
        let worker = UpdateWorker<Int> { item in
            if item == 0 { await record.gate.wait() }
            record.items.withLock { $0.append(item) }
            if item == 103 { record.gate.open() }
        }
        #expect(worker.offer(0, lane: "slow") == .accepted)
        for item in 1...3 { #expect(worker.offer(item, lane: "slow") == .accepted) }
        for item in 101...103 { #expect(worker.offer(item, lane: "other") == .accepted) }
        worker.drain()
        #expect(await worker.run() == 0)
        let items = record.items.withLock { $0 }
        #expect(items.filter { $0 < 100 } == [0, 1, 2, 3])
        #expect(items.prefix(3) == [101, 102, 103])
    }

    @Test("draining with nothing to do ends at once, and takes nothing more")
    func drainIdle() async {
        let worker = UpdateWorker<Int> { _ in }
        worker.drain()
        #expect(await worker.run() == 0)
        #expect(worker.offer(1, lane: nil) == .stopping)
    }

    @Test("cancelled, it cancels what it handles and tells what it never did")
    func cancelled() async {
        let record = Record()
        let worker = UpdateWorker<Int>(bounds: DeliveryBounds(running: 1)) { item in
            await record.gate.wait()
            record.items.withLock { $0.append(item) }
        }
        for item in 1...5 { _ = worker.offer(item, lane: nil) }
        let task = Task { await worker.run() }
        await record.gate.untilWaiting()
        task.cancel()
        record.gate.open()
        #expect(await task.value == 4)
        #expect(record.items.withLock { $0 } == [1])
        #expect(worker.offer(6, lane: nil) == .stopping)
    }

    @Test("a thousand chats from many tasks at once: each in its order, none lost")
    func many() async {
        let seen = Mutex<[String: [Int]]>([:])
        let worker = UpdateWorker<(String, Int)>(bounds: DeliveryBounds(running: 16)) { chat, number in
            await Task.yield()
            seen.withLock { $0[chat, default: []].append(number) }
        }
        async let left = worker.run()
        await withTaskGroup { group in
            for source in 0..<8 {
                group.addTask {
                    for number in 0..<10 {
                        for chat in 0..<125 {
                            let name = "\(source)-\(chat)"
                            #expect(worker.offer((name, number), lane: name) == .accepted)
                        }
                    }
                }
            }
        }
        worker.drain()
        #expect(await left == 0)
        let result = seen.withLock { $0 }
        #expect(result.count == 1_000)
        #expect(result.values.allSatisfy { $0 == Array(0..<10) })
    }
}
