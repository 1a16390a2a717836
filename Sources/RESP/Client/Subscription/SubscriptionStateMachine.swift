import NIOCore

/// What a connection does that listens to a channel, without doing it.
///
/// A server that says nothing may be dead, or a network may have dropped the connection and told nobody. So it is asked
/// whether it is there, and is taken for lost when it has said nothing for two heartbeats.
struct SubscriptionStateMachine {
    enum State: Hashable, CaseIterable {
        /// No channel is open. To `handshaking` once one is.
        case connecting
        /// The first commands are being answered. To `subscribing`.
        case handshaking
        /// The server has not confirmed yet. To `listening`.
        case subscribing
        /// Messages come.
        case listening
        /// Nothing leads out of it.
        case closed
    }

    enum Action: Equatable {
        case none
        case write(ByteBuffer)
        /// From now on no message is missed.
        case listening
        case message(ByteBuffer)
        /// Nothing sensible can follow.
        case fail(RedisError)

        static func == (a: Action, b: Action) -> Bool {
            switch (a, b) {
            case (.none, .none), (.listening, .listening): true
            case (.write(let a), .write(let b)), (.message(let a), .message(let b)): a == b
            case (.fail(let a), .fail(let b)): a.code == b.code
            default: false
            }
        }
    }

    private(set) var state = State.connecting
    /// When ``timerFired(now:)`` is wanted.
    private(set) var wakeUp: NIODeadline
    private var handshake: RedisHandshake
    private let channel: String
    private let heartbeat: TimeAmount
    private let deadline: NIODeadline
    private var lastHeard: NIODeadline

    init(_ configuration: RedisConfiguration, channel: String, heartbeat: TimeAmount, now: NIODeadline) {
        handshake = RedisHandshake(configuration)
        self.channel = channel
        self.heartbeat = heartbeat
        deadline = now + TimeAmount(configuration.connectTimeout)
        wakeUp = deadline
        lastHeard = now
    }

    /// A channel is open.
    mutating func opened() -> Action {
        guard state == .connecting else { return .none }
        state = .handshaking
        return carryOn(handshake.begin())
    }

    /// The server says something, which version 3 of the protocol pushes and version 2 answers.
    mutating func received(_ value: RESPValue, now: NIODeadline) -> Action {
        lastHeard = now
        switch state {
        case .connecting, .closed: return .none
        case .handshaking: return carryOn(handshake.received(value))
        case .subscribing, .listening: break
        }
        if case .error(let error) = value { return .fail(refused(error)) }
        // The answer to a heartbeat has one word in version 3.
        guard let parts = value.elements else { return .none }
        return told(parts, now)
    }

    /// The server pushes something.
    mutating func pushed(_ parts: [RESPValue], now: NIODeadline) -> Action {
        lastHeard = now
        return state == .subscribing || state == .listening ? told(parts, now) : .none
    }

    /// Time has passed.
    mutating func timerFired(now: NIODeadline) -> Action {
        switch state {
        case .closed: return .none
        case .connecting, .handshaking, .subscribing:
            guard now >= deadline else { return .none }
            return .fail(RedisError(.notConnected, "the channel \(channel) is not subscribed to in time"))
        case .listening:
            guard now < lastHeard + heartbeat * 2 else {
                return .fail(RedisError(.connectionLost, "the server has said nothing for two heartbeats"))
            }
            wakeUp = now + heartbeat
            return .write(Redis.PING().encoded())
        }
    }

    /// The connection is no more.
    mutating func close() {
        state = .closed
        wakeUp = .distantFuture
    }

    private mutating func carryOn(_ outcome: RedisHandshake.Outcome) -> Action {
        switch outcome {
        case .send(let request): return .write(request)
        case .ready:
            state = .subscribing
            return .write(Redis.SUBSCRIBE(channel).encoded())
        case .failed(let code, let message, let reply): return .fail(RedisError(code, message, reply: reply))
        }
    }

    private mutating func told(_ parts: [RESPValue], _ now: NIODeadline) -> Action {
        switch parts.first?.text {
        case "subscribe" where state == .subscribing:
            state = .listening
            wakeUp = now + heartbeat
            return .listening
        case "message" where parts.count == 3 && state == .listening:
            return parts[2].bytes.map { .message($0) } ?? .none
        default: return .none
        }
    }

    private func refused(_ error: RESPErrorReply) -> RedisError {
        let advice = error.hasCode("NOPERM") ? ": grant the user +subscribe, +ping and &\(channel)" : ""
        return RedisError(.handshakeFailed, "the server refuses: \(error.text)\(advice)", reply: error)
    }
}
