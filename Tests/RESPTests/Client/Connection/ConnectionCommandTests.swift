import NIOCore
import Testing

@testable import RESP

@Suite("Commands of one connection")
struct ConnectionCommandTests {
    private let replies = RecordedReplies()

    private func ready(_ change: (inout RedisConfiguration) -> Void = { _ in }) -> ConnectionStateMachine {
        var configuration = RedisConfiguration(addresses: [.tcp(host: "h", port: 1)])
        change(&configuration)
        var machine = ConnectionStateMachine(configuration, now: .at(0))
        _ = machine.opened()
        _ = machine.received(.map([]))
        return machine
    }

    @discardableResult
    private func send(
        _ name: String, to machine: inout ConnectionStateMachine, bytes: Int = 10, replies count: Int = 1,
        deadline: Int64 = 250
    ) -> UInt64? {
        let request = ByteBuffer(repeating: 0x78, count: bytes)
        let completion = replies.completion(name)
        switch machine.send(request, replies: count, deadline: .at(deadline), completion: completion) {
        case .queued(let number): return number
        case .refuse(let error):
            completion(.failure(error))
            return nil
        }
    }

    private func receive(_ number: Int64, _ machine: inout ConnectionStateMachine) {
        if case .complete(let completion, let value) = machine.received(.integer(number)) {
            completion(.success(value))
        }
    }

    @Test("a late reply is swallowed in its place while its neighbours get theirs")
    func lateReply() {
        var machine = ready()
        send("a", to: &machine, deadline: 100)
        send("b", to: &machine, deadline: 300)
        _ = machine.takeBatch()
        for command in machine.timerFired(now: .at(100)).finished { command.tell() }
        receive(1, &machine)
        receive(2, &machine)
        #expect(replies.told == ["a: timedOut, may have run", "b: 2"])
        #expect(machine.counters.timedOut == 1)
    }

    @Test("a cancelled command's reply is swallowed in its place")
    func cancelled() throws {
        var machine = ready()
        send("a", to: &machine)
        let b = try #require(send("b", to: &machine))
        send("c", to: &machine)
        _ = machine.takeBatch()
        machine.cancel(b)?.tell()
        #expect(machine.cancel(b) == nil)
        for number in 1...3 { receive(Int64(number), &machine) }
        #expect(replies.told == ["b: cancelled, may have run", "a: 1", "c: 3"])
    }

    @Test("a request of several commands gets all replies as one array")
    func severalReplies() {
        var machine = ready()
        send("two", to: &machine, replies: 2)
        send("one", to: &machine)
        _ = machine.takeBatch()
        for number in 1...3 { receive(Int64(number), &machine) }
        #expect(replies.values == [.array([.integer(1), .integer(2)]), .integer(3)])
    }

    @Test("beyond its bounds a connection refuses at once")
    func bounds() {
        var machine = ready { configuration in
            configuration.bounds.commands = 3
            configuration.bounds.queuedBytes = 100
        }
        send("large", to: &machine, bytes: 101)
        send("a", to: &machine, bytes: 60)
        send("b", to: &machine, bytes: 60)
        #expect(replies.told == ["large: queueFull", "b: queueFull"])
        _ = machine.takeBatch()
        for name in ["c", "d", "e"] { send(name, to: &machine) }
        #expect(replies.told.last == "e: queueFull")
        receive(1, &machine)
        #expect(send("f", to: &machine) != nil)
        #expect(machine.counters.refused == 3)
    }

    @Test("a batch holds what fits, and what is longer goes by itself")
    func batches() {
        var machine = ready()
        let limit = ConnectionStateMachine.batchBytes
        for (name, bytes) in [("a", limit / 2), ("b", limit / 2), ("c", 1), ("long", limit * 2), ("d", 1), ("e", 1)] {
            send(name, to: &machine, bytes: bytes)
        }
        var sizes: [Int] = []
        while let batch = machine.takeBatch() { sizes.append(batch.readableBytes) }
        #expect(sizes == [limit, 1, limit * 2, 2])
        #expect(machine.counters.sent == 6)
        #expect(machine.counters.batches == 4)
    }

    @Test("what waits behind a slow reply keeps its order", arguments: [1, 2, 1_000])
    func order(_ count: Int) {
        var machine = ready()
        for index in 0..<count { send("\(index)", to: &machine, bytes: 100) }
        while machine.takeBatch() != nil {}
        for index in 0..<count { receive(Int64(index), &machine) }
        #expect(replies.told == (0..<count).map { "\($0): \($0)" })
    }

    @Test("a connection whose oldest reply is overdue for too long seems dead")
    func dead() {
        var machine = ready()
        send("a", to: &machine, deadline: 100)
        _ = machine.takeBatch()
        #expect(machine.wakeUp == .at(100))
        _ = machine.timerFired(now: .at(100))
        #expect(machine.wakeUp == .at(1_100))
        #expect(machine.timerFired(now: .at(1_099)).fault == nil)
        #expect(machine.timerFired(now: .at(1_100)).fault?.code == .connectionLost)
    }

    @Test("a server that answers late but answers is not dead")
    func late() {
        var machine = ready()
        var now: Int64 = 0
        for _ in 0..<20 {
            send("a", to: &machine, deadline: now + 100)
            _ = machine.takeBatch()
            #expect(machine.timerFired(now: .at(now + 900)).fault == nil)
            receive(1, &machine)
            // It is asked whether replies are in step, and says that it cannot tell.
            while machine.takeBatch() != nil { _ = machine.received(.error(RESPErrorReply("NOPERM"))) }
            now += 900
        }
        #expect(machine.load == 0)
    }

    @Test("deadlines closer than a millisecond cost one look")
    func granularity() {
        var machine = ready()
        send("a", to: &machine, deadline: 100)
        _ = machine.timerFired(now: NIODeadline.at(100) - .nanoseconds(1))
        #expect(machine.wakeUp == NIODeadline.at(101) - .nanoseconds(1))
    }

    @Test("what is drained closes with its last reply, its last time-out, or its last cancellation")
    func drained() throws {
        for ending in 0..<3 {
            var machine = ready()
            let number = try #require(send("a", to: &machine))
            if ending == 0 { _ = machine.takeBatch() }
            #expect(machine.drain() == .wait)
            #expect(!machine.isDrained)
            switch ending {
            case 0:
                guard case .completeAndClose(.some, .integer(1)) = machine.received(.integer(1)) else {
                    Issue.record("it does not close")
                    return
                }
            case 1: _ = machine.timerFired(now: .at(250))
            default: _ = machine.cancel(number)
            }
            #expect(machine.isDrained)
        }
    }

    @Test("an idle connection closes at once, and what a server says before it hangs up is told")
    func endings() {
        var idle = ready()
        #expect(idle.drain() == .close)
        var machine = ready()
        guard case .fail(let error) = machine.received(.error(RESPErrorReply("ERR max number of clients reached")))
        else {
            Issue.record("it goes on")
            return
        }
        #expect(error.code == .connectionLost)
        #expect(error.message.contains("max number of clients"))
    }
}
