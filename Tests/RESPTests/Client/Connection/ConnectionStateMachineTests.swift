import NIOCore
import Testing

@testable import RESP

@Suite("A connection decides")
struct ConnectionStateMachineTests {
    typealias State = ConnectionStateMachine.State

    /// What can happen.
    enum Event: String, CaseIterable {
        case opened, lost, drain, send, takeBatch, cancelQueued, cancelSent
        case reply, refusal, secondReply, welcome, welcomeAndReply
        case early, afterDeadline, afterConnectTimeout, muchLater
    }

    /// What a connection does in each state when each of the events happens. Connecting may take until 1,000 ms, the
    /// command sent has its deadline at 200 ms, the one queued at 300 ms; overdue replies end a connection after 1 s
    /// more.
    private static let table: [State: [Event: String]] = [
        .connecting: [
            .opened: "write *5 HELLO → handshaking",
            .lost: "tell queued: notConnected → closed",
            .drain: "close → connecting",
            .send: "queued → connecting",
            .takeBatch: "nothing → connecting",
            .cancelQueued: "tell queued: cancelled → connecting",
            .cancelSent: "nothing → connecting",
            .reply: "none → connecting",
            .refusal: "none → connecting",
            .secondReply: "none, none → connecting",
            .welcome: "none → connecting",
            .welcomeAndReply: "none, none → connecting",
            .early: "wake at 300 → connecting",
            .afterDeadline: "tell queued: timedOut; wake at 1000 → connecting",
            .afterConnectTimeout: "fault notConnected → connecting",
            .muchLater: "fault notConnected → connecting",
        ],
        .handshaking: [
            .opened: "close → handshaking",
            .lost: "tell queued: notConnected → closed",
            .drain: "close → handshaking",
            .send: "queued → handshaking",
            .takeBatch: "nothing → handshaking",
            .cancelQueued: "tell queued: cancelled → handshaking",
            .cancelSent: "nothing → handshaking",
            .reply: "fail protocolViolation → handshaking",
            .refusal: "fail handshakeFailed → handshaking",
            .secondReply: "fail protocolViolation, fail protocolViolation → handshaking",
            .welcome: "ready → ready",
            .welcomeAndReply: "ready, fail protocolViolation → ready",
            .early: "wake at 300 → handshaking",
            .afterDeadline: "tell queued: timedOut; wake at 1000 → handshaking",
            .afterConnectTimeout: "fault notConnected → handshaking",
            .muchLater: "fault notConnected → handshaking",
        ],
        .ready: [
            .opened: "close → ready",
            .lost: "tell sent: connectionLost, may have run; tell queued: notConnected → closed",
            .drain: "wait → draining",
            .send: "queued → ready",
            .takeBatch: "batch of 2 → ready",
            .cancelQueued: "tell queued: cancelled → ready",
            .cancelSent: "tell sent: cancelled, may have run → ready",
            .reply: "tell sent: 1 → ready",
            .refusal: "tell sent: error → ready",
            .secondReply: "tell sent: 1, fail protocolViolation → ready",
            .welcome: "tell sent: map([]) → ready",
            .welcomeAndReply: "tell sent: map([]), fail protocolViolation → ready",
            .early: "wake at 200 → ready",
            .afterDeadline: "tell sent: timedOut, may have run; tell queued: timedOut; wake at 1200 → ready",
            .afterConnectTimeout:
                "tell sent: timedOut, may have run; tell queued: timedOut; wake at 1200 → ready",
            .muchLater:
                "tell sent: timedOut, may have run; tell queued: timedOut; fault connectionLost → ready",
        ],
        .draining: [
            .opened: "close → draining",
            .lost: "tell sent: connectionLost, may have run; tell queued: notConnected → closed",
            .drain: "wait → draining",
            .send: "refuse closed → draining",
            .takeBatch: "batch of 1 → draining",
            .cancelQueued: "tell queued: cancelled → draining",
            .cancelSent: "tell sent: cancelled, may have run → draining",
            .reply: "tell sent: 1 → draining",
            .refusal: "tell sent: error → draining",
            .secondReply: "tell sent: 1, fail protocolViolation → draining",
            .welcome: "tell sent: map([]) → draining",
            .welcomeAndReply: "tell sent: map([]), fail protocolViolation → draining",
            .early: "wake at 200 → draining",
            .afterDeadline: "tell sent: timedOut, may have run; tell queued: timedOut; wake at 1200 → draining",
            .afterConnectTimeout:
                "tell sent: timedOut, may have run; tell queued: timedOut; wake at 1200 → draining",
            .muchLater:
                "tell sent: timedOut, may have run; tell queued: timedOut; fault connectionLost → draining",
        ],
        .closed: [
            .opened: "close → closed", .lost: "nothing → closed", .drain: "none → closed",
            .send: "refuse notConnected → closed", .takeBatch: "nothing → closed",
            .cancelQueued: "nothing → closed", .cancelSent: "nothing → closed",
            .reply: "none → closed", .refusal: "none → closed", .secondReply: "none, none → closed",
            .welcome: "none → closed", .welcomeAndReply: "none, none → closed",
            .early: "no wake → closed", .afterDeadline: "no wake → closed",
            .afterConnectTimeout: "no wake → closed", .muchLater: "no wake → closed",
        ],
    ]

    @Test("as its table says, whatever happens in whatever state", arguments: State.allCases, Event.allCases)
    func table(_ state: State, _ event: Event) throws {
        let expected = try #require(Self.table[state]?[event])
        var subject = Subject(state)
        let found = subject.happen(event)
        #expect("\(found) → \(subject.machine.state)" == expected)
    }

    @Test("an end follows on nothing more than what was told")
    func endings() {
        for state in State.allCases {
            var subject = Subject(state)
            for command in subject.machine.lost(RedisError(.connectionLost, "gone")) { command.tell() }
            #expect(subject.machine.state == .closed)
            #expect(subject.machine.load == 0)
            #expect(subject.machine.wakeUp == .distantFuture)
            #expect(subject.machine.lost(RedisError(.connectionLost, "again")).isEmpty)
        }
    }
}

/// A machine in one of its states: with a command that was sent, where one can be, and one that is queued.
private struct Subject {
    var machine: ConnectionStateMachine
    var sent: UInt64?
    var queued: UInt64?
    let replies = RecordedReplies()

    init(_ state: ConnectionStateMachine.State) {
        var configuration = RedisConfiguration(addresses: [.tcp(host: "h", port: 1)])
        configuration.credentials = RedisCredentials(password: "secret")
        configuration.connectTimeout = .seconds(1)
        machine = ConnectionStateMachine(configuration, now: .at(0))
        if state != .connecting { _ = machine.opened() }
        if state == .ready || state == .draining || state == .closed {
            _ = machine.received(.map([]))
            sent = send("sent", 200)
            _ = machine.takeBatch()
        }
        queued = send("queued", 300)
        if state == .draining { _ = machine.drain() }
        if state == .closed { _ = machine.lost(RedisError(.connectionLost, "gone")) }
    }

    private mutating func send(_ name: String, _ deadline: Int64) -> UInt64? {
        let request = ByteBuffer(string: "*1\r\n$4\r\nPING\r\n")
        let completion = replies.completion(name)
        guard
            case .queued(let number) = machine.send(
                request, replies: 1, deadline: .at(deadline), completion: completion)
        else { return nil }
        return number
    }

    mutating func happen(_ event: ConnectionStateMachineTests.Event) -> String {
        switch event {
        case .opened:
            switch machine.opened() {
            case .write(let bytes): return "write \(String(buffer: bytes).prefix(2)) HELLO"
            case .ready: return "ready"
            case .close: return "close"
            }
        case .lost:
            return tell(machine.lost(RedisError(.connectionLost, "gone"))) ?? "nothing"
        case .drain: return "\(machine.drain())"
        case .send:
            switch machine.send(ByteBuffer(), replies: 1, deadline: .at(400), completion: { _ in }) {
            case .queued: return "queued"
            case .refuse(let error): return "refuse \(error.code)"
            }
        case .takeBatch: return takeBatch()
        case .cancelQueued: return tell([queued.flatMap { machine.cancel($0) }].compactMap { $0 }) ?? "nothing"
        case .cancelSent: return tell([sent.flatMap { machine.cancel($0) }].compactMap { $0 }) ?? "nothing"
        case .reply: return receive(.integer(1))
        case .refusal: return receive(.error(RESPErrorReply("ERR no")))
        case .secondReply: return "\(receive(.integer(1))), \(receive(.integer(2)))"
        case .welcome: return receive(.map([]))
        case .welcomeAndReply: return "\(receive(.map([]))), \(receive(.integer(1)))"
        case .early: return wait(until: 100)
        case .afterDeadline: return wait(until: 300)
        case .afterConnectTimeout: return wait(until: 1_000)
        case .muchLater: return wait(until: 1_200)
        }
    }

    /// The table's `ready` has room for one more, to show that a batch holds all that is queued.
    private mutating func takeBatch() -> String {
        if machine.state == .ready { _ = send("another", 300) }
        guard let batch = machine.takeBatch() else { return "nothing" }
        #expect(machine.takeBatch() == nil)
        return "batch of \(batch.readableBytes / 14)"
    }

    private func tell(_ finished: [FinishedCommand]) -> String? {
        let before = replies.told.count
        for command in finished { command.tell() }
        let told = replies.told[before...].map { "tell \($0)" }
        return told.isEmpty ? nil : told.joined(separator: "; ")
    }

    private mutating func receive(_ value: RESPValue) -> String {
        switch machine.received(value) {
        case .none: return "none"
        case .write(let bytes): return "write \(String(buffer: bytes))"
        case .ready: return "ready"
        case .fail(let error): return "fail \(error.code)"
        case .complete(let completion, let value):
            completion(.success(value))
            let text = value.error == nil ? replies.told.last ?? "" : "sent: error"
            return "tell \(text)"
        case .completeAndClose: return "complete and close"
        }
    }

    private mutating func wait(until milliseconds: Int64) -> String {
        let (finished, fault) = machine.timerFired(now: .at(milliseconds))
        var parts = tell(finished).map { [$0] } ?? []
        if let fault {
            parts.append("fault \(fault.code)")
        } else if machine.wakeUp == .distantFuture {
            parts.append("no wake")
        } else {
            parts.append("wake at \(machine.wakeUp.uptimeNanoseconds / 1_000_000)")
        }
        return parts.joined(separator: "; ")
    }
}
