import NIOCore
import Testing

@testable import RESP

@Suite("Replies that are out of step with their commands")
struct StepProbeTests {
    private let replies = RecordedReplies()

    /// A connection whose command `a` timed out, and which has sent `b` and asked whether replies are in step.
    private func probed() throws -> (machine: ConnectionStateMachine, word: String) {
        var machine = ConnectionStateMachine(RedisConfiguration(addresses: [.unix(path: "/s")]), now: .at(0))
        _ = machine.opened()
        _ = machine.received(.map([]))
        for (name, deadline) in [("a", 100), ("b", 10_000)] as [(String, Int64)] {
            _ = machine.send(
                ByteBuffer(string: name), replies: 1, deadline: .at(deadline), completion: replies.completion(name))
        }
        #expect(machine.takeBatch() == ByteBuffer(string: "ab"))
        for command in machine.timerFired(now: .at(100)).finished { command.tell() }
        #expect(replies.told == ["a: timedOut, may have run"])
        let batch = machine.takeBatch()
        let words = String(buffer: try #require(batch)).split(separator: "\r\n")
        #expect(words.contains("PING"))
        return (machine, String(try #require(words.last)))
    }

    /// Hands replies in, and tells what the last one came to.
    private func receive(_ values: [RESPValue], _ machine: inout ConnectionStateMachine) -> String? {
        var last: String?
        for value in values {
            switch machine.received(value) {
            case .complete(let completion, let value):
                completion(.success(value))
                last = nil
            case .fail(let error): last = error.code.description
            default: last = nil
            }
        }
        return last
    }

    @Test("a server that was only slow says the word in its place, and is asked once")
    func slow() throws {
        var (machine, word) = try probed()
        _ = machine.timerFired(now: .at(900))
        #expect(!machine.hasBatch)
        #expect(receive([.integer(1), .integer(2), .bulk(word)], &machine) == nil)
        #expect(replies.told.last == "b: 2" && machine.load == 0)
    }

    @Test("a reply that was lost shows when the word comes too early")
    func lost() throws {
        var (machine, word) = try probed()
        // What came for `b` was taken for the late reply to `a`.
        #expect(receive([.integer(2), .bulk(word)], &machine) == "protocolViolation")
        for command in machine.lost(RedisError(.protocolViolation, "out of step")) { command.tell() }
        #expect(replies.told.last == "b: protocolViolation, may have run")
    }

    @Test("a reply too many shows where the word should be")
    func tooMany() throws {
        var (machine, _) = try probed()
        #expect(receive([.integer(1), .integer(2), .integer(3)], &machine) == "protocolViolation")
        #expect(replies.told.last == "b: 2")
    }

    @Test("a server that refuses to say it is believed")
    func refused() throws {
        var (machine, _) = try probed()
        #expect(receive([.integer(1), .integer(2), .error(RESPErrorReply("NOPERM"))], &machine) == nil)
        #expect(machine.load == 0)
    }

    @Test("each time-out after an answer asks anew, also when the question itself could not be sent")
    func again() throws {
        var (machine, word) = try probed()
        _ = receive([.integer(1), .integer(2), .bulk(word)], &machine)
        _ = machine.send(ByteBuffer(string: "c"), replies: 1, deadline: .at(200), completion: replies.completion("c"))
        _ = machine.takeBatch()
        _ = machine.timerFired(now: .at(200))
        #expect(machine.hasBatch)
        // Nothing can be written meanwhile.
        _ = receive([.integer(3)], &machine)
        #expect(machine.timerFired(now: .at(1_300)).fault == nil)
        #expect(!machine.hasBatch && machine.load == 0)
    }
}
