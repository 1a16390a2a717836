import NIOCore
import SluiceHTTP

/// Decides what a connection does with what it reads and with the passing of time; it does no I/O itself.
///
/// One request is served at a time. What a client sends ahead is held back until the answer before it is out,
/// so answers keep their order whether they come from the event loop or from a task.
struct HTTPConnectionStateMachine {
    /// What is answered on the event loop.
    enum Local: Equatable {
        case decision(DecisionEndpoint)
        /// What a proxy asks.
        case authorize
    }

    /// How a request is to be served, as its head tells.
    enum Kind: Equatable {
        /// Here, on the event loop, once its body is complete.
        case local(Local)
        /// By the router.
        case routed
        /// By the router, answering as it reads, for as long as the client likes.
        case stream
    }

    private enum Phase: Equatable {
        /// Between requests. On a head: `collecting`, `forwarding` or `lingering`.
        case idle
        /// Its body is being collected. At its end: `idle`, or `responding` if Redis decides; when it is too long or
        /// too late: `lingering`.
        case collecting(Local)
        /// Being read and passed on. At its end: `responding`, or `idle` if the answer was faster.
        case forwarding(isStream: Bool, isAnswered: Bool)
        /// Read to its end, the answer is not. At the end of the answer: `idle`.
        case responding
        /// Refused before its end: the rest is read away until the client closes or time is up.
        case lingering
        /// Nothing is read or written any more.
        case closed
    }

    let limits: HTTPLimits
    private var phase = Phase.idle
    /// When the client will have been silent or slow for too long; `nil` while it is the server's turn.
    private var deadline: NIODeadline?
    private var unwritableSince: NIODeadline?
    /// The connection ends with the current answer.
    private var closesAfterAnswer = false
    private var bodyBytes = 0

    init(limits: HTTPLimits, now: NIODeadline) {
        self.limits = limits
        deadline = now + limits.idleTimeout
    }

    /// Whether a request is being served.
    var isServing: Bool {
        switch phase {
        case .collecting, .forwarding, .responding: true
        case .idle, .lingering, .closed: false
        }
    }

    /// Whether the next request must wait for the answer to this one.
    var holdsNext: Bool { phase == .responding }

    /// Whether an answer that comes later still goes out.
    var takesAnswers: Bool {
        switch phase {
        case .forwarding, .responding: true
        case .idle, .collecting, .lingering, .closed: false
        }
    }

    /// Whether the rest of the request is still to come.
    var awaitsMore: Bool {
        switch phase {
        case .collecting, .forwarding(_, isAnswered: false): true
        default: false
        }
    }

    /// Whether the client may be waiting for `100 Continue`.
    var awaitsBody: Bool {
        switch phase {
        case .collecting, .forwarding(_, isAnswered: false): bodyBytes == 0
        default: false
        }
    }
}

// MARK: - Reading

extension HTTPConnectionStateMachine {
    enum HeadAction: Equatable {
        case collect
        case forward
        case refuse(Problem)
        case discard
    }

    /// - Parameter refusal: What is wrong with the head, or with who sends it.
    mutating func receivedHead(
        _ kind: Kind, contentLength: Int, keepsAlive: Bool, isAdmitted: Bool, refusal: Problem? = nil, now: NIODeadline
    ) -> HeadAction {
        guard phase == .idle else { return .discard }
        bodyBytes = 0
        if !keepsAlive { closesAfterAnswer = true }
        guard isAdmitted else {
            return .refuse(refused(.overloaded("Too many requests are being served"), now))
        }
        if let refusal { return .refuse(refused(refusal, now)) }
        if kind != .stream, contentLength > limits.maximumBodyBytes {
            return .refuse(refused(.bodyTooLarge(limit: limits.maximumBodyBytes), now))
        }
        deadline = now + (kind == .stream ? limits.idleTimeout : limits.requestTimeout)
        if case .local(let endpoint) = kind {
            phase = .collecting(endpoint)
            return .collect
        }
        phase = .forwarding(isStream: kind == .stream, isAnswered: false)
        return .forward
    }

    /// The problem of a body that is collected here and announced as too long.
    mutating func expectsBody(of length: Int, now: NIODeadline) -> Problem? {
        guard case .collecting = phase, length > limits.maximumBodyBytes else { return nil }
        return refused(.bodyTooLarge(limit: limits.maximumBodyBytes), now)
    }

    enum BodyAction: Equatable {
        case collect
        case forward
        case refuse(Problem)
        case discard
    }

    mutating func receivedBody(_ count: Int, now: NIODeadline) -> BodyAction {
        bodyBytes += count
        switch phase {
        case .collecting:
            guard bodyBytes <= limits.maximumBodyBytes else {
                return .refuse(refused(.bodyTooLarge(limit: limits.maximumBodyBytes), now))
            }
            return .collect
        case .forwarding(let isStream, let isAnswered):
            if isStream, !isAnswered { deadline = now + limits.idleTimeout }
            return .forward
        case .idle, .responding, .lingering, .closed: return .discard
        }
    }

    enum EndAction: Equatable {
        case answer(Local, thenCloses: Bool)
        /// As `answer`, but the decision is made elsewhere; ``HTTPConnectionStateMachine/answered(now:)`` ends it.
        case ask(DecisionEndpoint)
        case forward
        /// The router answered before the request ended; now that it has, the connection closes.
        case forwardThenClose
        case discard
    }

    /// - Parameter answersLater: Whether decisions are made elsewhere.
    mutating func receivedEnd(answersLater: Bool = false, now: NIODeadline) -> EndAction {
        switch phase {
        case .collecting(.decision(let endpoint)) where answersLater:
            phase = .responding
            deadline = nil
            return .ask(endpoint)
        case .collecting(let endpoint):
            becomeIdle(now)
            if closesAfterAnswer { phase = .closed }
            return .answer(endpoint, thenCloses: closesAfterAnswer)
        case .forwarding(_, isAnswered: true):
            becomeIdle(now)
            guard closesAfterAnswer else { return .forward }
            phase = .closed
            return .forwardThenClose
        case .forwarding(_, isAnswered: false):
            phase = .responding
            deadline = nil
            return .forward
        case .idle, .responding, .lingering, .closed: return .discard
        }
    }

    enum FaultAction: Equatable {
        case refuse(Problem)
        case close
    }

    /// What came is not HTTP.
    mutating func receivedNonsense(_ problem: Problem, now: NIODeadline) -> FaultAction {
        switch phase {
        case .idle, .collecting: return .refuse(refused(problem, now))
        case .forwarding, .responding, .lingering, .closed:
            phase = .closed
            return .close
        }
    }

    private mutating func becomeIdle(_ now: NIODeadline) {
        phase = .idle
        deadline = now + limits.idleTimeout
    }

    private mutating func refused(_ problem: Problem, _ now: NIODeadline) -> Problem {
        phase = .lingering
        deadline = now + limits.lingerTimeout
        return problem
    }
}

// MARK: - Writing and ending

extension HTTPConnectionStateMachine {
    enum AnswerAction: Equatable {
        case stayOpen
        case close
    }

    /// The router's answer is out, or that of a decision made elsewhere goes out with what follows from this.
    mutating func answered(now: NIODeadline) -> AnswerAction {
        switch phase {
        case .forwarding(let isStream, _):
            if closesAfterAnswer {
                phase = .closed
                return .close
            }
            phase = .forwarding(isStream: isStream, isAnswered: true)
            return .stayOpen
        case .responding:
            becomeIdle(now)
            guard closesAfterAnswer else { return .stayOpen }
            phase = .closed
            return .close
        case .idle, .collecting, .lingering, .closed: return .stayOpen
        }
    }

    enum QuiesceAction: Equatable {
        case close
        case finish
        /// The stream ends here: what was read is answered, what was not is not.
        case endStream
    }

    /// The server stops: what is in flight is answered, nothing more is begun.
    mutating func quiesce() -> QuiesceAction {
        closesAfterAnswer = true
        switch phase {
        case .idle, .closed:
            phase = .closed
            return .close
        case .forwarding(isStream: true, isAnswered: false):
            phase = .responding
            deadline = nil
            return .endStream
        case .collecting, .forwarding, .responding, .lingering: return .finish
        }
    }

    /// The client will send no more.
    mutating func inputClosed() -> AnswerAction {
        closesAfterAnswer = true
        switch phase {
        case .responding, .forwarding: return .stayOpen
        case .idle, .collecting, .lingering, .closed:
            phase = .closed
            return .close
        }
    }

    mutating func writabilityChanged(_ isWritable: Bool, now: NIODeadline) {
        unwritableSince = isWritable ? nil : (unwritableSince ?? now)
    }

    mutating func closed() { phase = .closed }

    enum TimeAction: Equatable {
        case wait
        case close
        case refuse(Problem)
    }

    /// Called now and then, at least as often as the shortest time-out.
    mutating func timePassed(now: NIODeadline) -> TimeAction {
        if let unwritableSince, now >= unwritableSince + limits.writeTimeout {
            phase = .closed
            return .close
        }
        guard let deadline, now >= deadline else { return .wait }
        switch phase {
        case .collecting: return .refuse(refused(.requestTimeout, now))
        case .idle, .forwarding, .responding, .lingering, .closed:
            phase = .closed
            return .close
        }
    }

    /// How often `timePassed` is to be called.
    var tick: TimeAmount {
        let shortest = min(limits.idleTimeout, limits.requestTimeout, limits.writeTimeout, limits.lingerTimeout)
        return max(.milliseconds(5), .nanoseconds(shortest.wholeNanosecondsForTimer / 2))
    }
}

extension Duration {
    fileprivate var wholeNanosecondsForTimer: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

extension NIODeadline {
    fileprivate static func + (deadline: NIODeadline, duration: Duration) -> NIODeadline {
        deadline + .nanoseconds(duration.wholeNanosecondsForTimer)
    }
}
