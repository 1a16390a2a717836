import NIOCore
import Testing

@testable import RESP

@Suite("A connection that listens")
struct SubscriptionStateMachineTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func machine(_ version: RESPVersion = .three) -> SubscriptionStateMachine {
        var configuration = RedisConfiguration(addresses: [.tcp(host: "localhost", port: 6379)])
        configuration.version = version
        return SubscriptionStateMachine(configuration, channel: "news", heartbeat: .seconds(1), now: start)
    }

    private func listening(_ version: RESPVersion = .three) -> SubscriptionStateMachine {
        var machine = machine(version)
        _ = machine.opened()
        if version == .three { _ = machine.received(.map([]), now: start) }
        let parts: [RESPValue] = [.bulk("subscribe"), .bulk("news"), .integer(1)]
        #expect(
            (version == .three ? machine.pushed(parts, now: start) : machine.received(.array(parts), now: start))
                == .listening)
        return machine
    }

    @Test("greets, subscribes, and hears what is pushed")
    func versionThree() {
        var machine = machine()
        #expect(machine.opened() == .write(Redis.HELLO(version: .three).encoded()))
        #expect(machine.received(.map([]), now: start) == .write(Redis.SUBSCRIBE("news").encoded()))
        #expect(machine.pushed([.bulk("message"), .bulk("news"), .bulk("early")], now: start) == .none)
        #expect(machine.pushed([.bulk("subscribe"), .bulk("news"), .integer(1)], now: start) == .listening)
        #expect(
            machine.pushed([.bulk("message"), .bulk("news"), .bulk("hi")], now: start)
                == .message(ByteBuffer(string: "hi")))
        #expect(machine.received(.simple("PONG"), now: start) == .none)
        #expect(machine.state == .listening)
    }

    @Test("hears what servers of version 2 answer")
    func versionTwo() {
        var machine = listening(.two)
        let message = RESPValue.array([.bulk("message"), .bulk("news"), .bulk("hi")])
        #expect(machine.received(message, now: start) == .message(ByteBuffer(string: "hi")))
        #expect(machine.received(.array([.bulk("pong"), .bulk("")]), now: start) == .none)
    }

    @Test("asks a silent server whether it is there, and gives it up after two heartbeats")
    func heartbeat() {
        var machine = listening()
        #expect(machine.wakeUp == start + .seconds(1))
        #expect(machine.timerFired(now: start + .seconds(1)) == .write(Redis.PING().encoded()))
        _ = machine.received(.simple("PONG"), now: start + .milliseconds(1_100))
        #expect(machine.timerFired(now: start + .seconds(2)) == .write(Redis.PING().encoded()))
        #expect(machine.timerFired(now: start + .seconds(3)) == .write(Redis.PING().encoded()))
        let silent = RedisError(.connectionLost, "")
        #expect(machine.timerFired(now: start + .milliseconds(3_100)) == .fail(silent))
    }

    @Test("gives up a server that does not confirm in time, or refuses")
    func refusals() {
        var late = machine()
        #expect(late.timerFired(now: start + .milliseconds(999)) == .none)
        #expect(late.timerFired(now: start + .seconds(1)) == .fail(RedisError(.notConnected, "")))
        var refused = machine()
        _ = refused.opened()
        _ = refused.received(.map([]), now: start)
        let reply = RESPErrorReply("NOPERM this user has no permissions to run the 'subscribe' command")
        guard case .fail(let error) = refused.received(.error(reply), now: start) else {
            Issue.record("it was not refused")
            return
        }
        #expect(error.code == .handshakeFailed && error.message.contains("+subscribe"))
    }

    @Test("once it is closed nothing leads anywhere")
    func closed() {
        var machine = listening()
        machine.close()
        #expect(machine.opened() == .none)
        #expect(machine.received(.simple("PONG"), now: start) == .none)
        #expect(machine.pushed([.bulk("message"), .bulk("news"), .bulk("hi")], now: start) == .none)
        #expect(machine.timerFired(now: start + .seconds(9)) == .none)
        #expect(machine.state == .closed && machine.wakeUp == .distantFuture)
    }
}
