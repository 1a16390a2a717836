import NIOCore
import SluiceHTTP
import Testing

@testable import SluiceServer

@Suite("A connection's state machine")
struct HTTPConnectionStateMachineTests {
    typealias Machine = HTTPConnectionStateMachine

    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    static var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.maximumBodyBytes = 10
        limits.idleTimeout = .seconds(60)
        limits.requestTimeout = .seconds(10)
        limits.writeTimeout = .seconds(20)
        limits.lingerTimeout = .seconds(2)
        return limits
    }

    /// Every state, and how a connection gets there.
    enum State: CaseIterable, CustomTestStringConvertible {
        case idle, collecting, forwarding, streaming, answeredEarly, responding, lingering, closed

        var testDescription: String { "\(self)" }

        var machine: Machine {
            var machine = Machine(limits: HTTPConnectionStateMachineTests.limits, now: start)
            switch self {
            case .idle: break
            case .collecting: _ = machine.head(.local(.decision(.check)))
            case .forwarding: _ = machine.head(.routed)
            case .streaming: _ = machine.head(.stream)
            case .answeredEarly:
                _ = machine.head(.routed)
                _ = machine.answered(now: start)
            case .responding:
                _ = machine.head(.routed)
                _ = machine.receivedEnd(now: start)
            case .lingering: _ = machine.head(.routed, isAdmitted: false)
            case .closed: machine.closed()
            }
            return machine
        }
    }

    @Test("knows of each state whether it serves, holds what is sent ahead, and takes answers")
    func properties() {
        let serving: Set<State> = [.collecting, .forwarding, .streaming, .answeredEarly, .responding]
        let taking: Set<State> = [.forwarding, .streaming, .answeredEarly, .responding]
        let awaiting: Set<State> = [.collecting, .forwarding, .streaming]
        for state in State.allCases {
            #expect(state.machine.isServing == serving.contains(state), "\(state)")
            #expect(state.machine.holdsNext == (state == .responding), "\(state)")
            #expect(state.machine.takesAnswers == taking.contains(state), "\(state)")
            #expect(state.machine.awaitsBody == awaiting.contains(state), "\(state)")
            #expect(state.machine.awaitsMore == awaiting.contains(state), "\(state)")
        }
    }

    @Test("begins a request only between requests", arguments: State.allCases)
    func head(state: State) {
        var (check, routed, refused, large, stream) =
            (state.machine, state.machine, state.machine, state.machine, state.machine)
        guard state == .idle else {
            #expect(check.head(.local(.decision(.check))) == .discard)
            #expect(refused.head(.routed, isAdmitted: false) == .discard)
            return
        }
        #expect(check.head(.local(.decision(.peek)), contentLength: 10) == .collect)
        #expect(routed.head(.routed) == .forward)
        #expect(stream.head(.stream, contentLength: 1 << 40) == .forward)
        #expect(refused.head(.local(.decision(.check)), isAdmitted: false).status == 503)
        #expect(large.head(.routed, contentLength: 11).status == 413)
        #expect(!large.isServing && !refused.isServing)
    }

    @Test("collects, forwards or discards a body", arguments: State.allCases)
    func body(state: State) {
        var machine = state.machine
        let action = machine.receivedBody(5, now: Self.start)
        switch state {
        case .collecting:
            #expect(action == .collect)
            #expect(machine.receivedBody(5, now: Self.start) == .collect)
            #expect(!machine.awaitsBody)
            guard case .refuse(let problem) = machine.receivedBody(1, now: Self.start) else {
                Issue.record("it took too much")
                return
            }
            #expect(problem.status == 413)
            #expect(machine.receivedBody(1, now: Self.start) == .discard)
            #expect(machine.receivedEnd(now: Self.start) == .discard)
        case .forwarding, .streaming, .answeredEarly: #expect(action == .forward)
        case .idle, .responding, .lingering, .closed: #expect(action == .discard)
        }
    }

    @Test("refuses a body that is announced as too long where it collects", arguments: State.allCases)
    func announced(state: State) {
        var machine = state.machine
        #expect(machine.expectsBody(of: 10, now: Self.start) == nil)
        #expect(machine.expectsBody(of: 11, now: Self.start)?.status == (state == .collecting ? 413 : nil))
    }

    @Test("answers, forwards or discards at the end of a request", arguments: State.allCases)
    func end(state: State) {
        var machine = state.machine
        let action = machine.receivedEnd(now: Self.start)
        switch state {
        case .collecting:
            #expect(action == .answer(.decision(.check), thenCloses: false))
            #expect(!machine.isServing)
            #expect(machine.head(.routed) == .forward)
        case .forwarding, .streaming:
            #expect(action == .forward)
            #expect(machine.holdsNext)
            #expect(machine.answered(now: Self.start) == .stayOpen)
            #expect(!machine.isServing)
        case .answeredEarly:
            #expect(action == .forward)
            #expect(!machine.isServing)
        case .idle, .responding, .lingering, .closed: #expect(action == .discard)
        }
    }

    @Test("closes after the answer when the client does not keep the connection")
    func keepsNot() {
        var collecting = State.idle.machine
        _ = collecting.head(.local(.decision(.check)), keepsAlive: false)
        #expect(collecting.receivedEnd(now: Self.start) == .answer(.decision(.check), thenCloses: true))
        #expect(collecting.head(.routed) == .discard)

        var responding = State.idle.machine
        _ = responding.head(.routed, keepsAlive: false)
        _ = responding.receivedEnd(now: Self.start)
        #expect(responding.answered(now: Self.start) == .close)

        var early = State.idle.machine
        _ = early.head(.routed, keepsAlive: false)
        #expect(early.answered(now: Self.start) == .close)
    }

    @Test("waits for a decision that is made elsewhere as for the router", arguments: State.allCases)
    func endAnsweredLater(state: State) {
        var machine = state.machine
        var other = state.machine
        let action = machine.receivedEnd(answersLater: true, now: Self.start)
        guard state == .collecting else {
            #expect(action == other.receivedEnd(now: Self.start))
            return
        }
        #expect(action == .ask(.check))
        #expect(machine.holdsNext && machine.takesAnswers && machine.isServing)
        #expect(machine.timePassed(now: Self.start + .hours(1)) == .wait)
        #expect(machine.answered(now: Self.start) == .stayOpen)
        #expect(machine.head(.routed) == .forward)

        var last = State.idle.machine
        _ = last.head(.local(.decision(.check)), keepsAlive: false)
        #expect(last.receivedEnd(answersLater: true, now: Self.start) == .ask(.check))
        #expect(last.answered(now: Self.start) == .close)
    }

    @Test("takes the end of an answer where one is due", arguments: State.allCases)
    func answered(state: State) {
        var machine = state.machine
        #expect(machine.answered(now: Self.start) == .stayOpen)
        #expect(machine.isServing == [.collecting, .forwarding, .streaming, .answeredEarly].contains(state))
    }

    @Test("refuses nonsense where an answer can still go out, else closes", arguments: State.allCases)
    func nonsense(state: State) {
        var machine = state.machine
        let problem = Problem.badRequest("x")
        let action = machine.receivedNonsense(problem, now: Self.start)
        #expect(action == ([.idle, .collecting].contains(state) ? .refuse(problem) : .close))
        #expect(!machine.isServing && !machine.takesAnswers)
    }

    @Test("finishes what is in flight when the server stops", arguments: State.allCases)
    func quiesce(state: State) {
        var machine = state.machine
        let action = machine.quiesce()
        switch state {
        case .idle, .closed: #expect(action == .close)
        case .streaming:
            #expect(action == .endStream)
            #expect(machine.receivedBody(5, now: Self.start) == .discard)
            #expect(machine.receivedEnd(now: Self.start) == .discard)
            #expect(machine.answered(now: Self.start) == .close)
        case .collecting:
            #expect(action == .finish)
            #expect(machine.receivedEnd(now: Self.start) == .answer(.decision(.check), thenCloses: true))
        case .answeredEarly:
            #expect(action == .finish)
            #expect(machine.receivedEnd(now: Self.start) == .forwardThenClose)
        case .forwarding:
            #expect(action == .finish)
            #expect(machine.receivedEnd(now: Self.start) == .forward)
            #expect(machine.answered(now: Self.start) == .close)
        case .responding:
            #expect(action == .finish)
            #expect(machine.answered(now: Self.start) == .close)
        case .lingering: #expect(action == .finish)
        }
    }

    @Test("answers what it has when the client sends no more", arguments: State.allCases)
    func inputClosed(state: State) {
        var machine = state.machine
        let stays: Set<State> = [.forwarding, .streaming, .answeredEarly, .responding]
        #expect(machine.inputClosed() == (stays.contains(state) ? .stayOpen : .close))
    }

    @Test("gives each state its time", arguments: State.allCases)
    func time(state: State) {
        let seconds: Int64? =
            switch state {
            case .idle, .streaming: 60
            case .collecting, .forwarding, .answeredEarly: 10
            case .lingering: 2
            case .responding: nil // it is the server's turn
            case .closed: 60
            }
        var machine = state.machine
        guard let seconds else {
            #expect(machine.timePassed(now: Self.start + .hours(1)) == .wait)
            return
        }
        #expect(machine.timePassed(now: Self.start + .seconds(seconds) - .nanoseconds(1)) == .wait)
        let action = machine.timePassed(now: Self.start + .seconds(seconds))
        #expect(action == (state == .collecting ? .refuse(.requestTimeout) : .close))
        #expect(!machine.isServing)
    }

    @Test("lets a stream take as long as it likes, a request not")
    func dribble() {
        var (stream, request) = (State.streaming.machine, State.collecting.machine)
        for second in 1...9 {
            let now = Self.start + .seconds(Int64(second) * 10)
            _ = stream.receivedBody(1, now: now)
            #expect(stream.timePassed(now: now) == .wait)
        }
        for second in 1...9 { _ = request.receivedBody(1, now: Self.start + .seconds(Int64(second))) }
        #expect(request.timePassed(now: Self.start + .seconds(10)) == .refuse(.requestTimeout))
    }

    @Test("closes on a client that leaves its answers unread", arguments: State.allCases)
    func unread(state: State) {
        var machine = state.machine
        machine.writabilityChanged(false, now: Self.start)
        machine.writabilityChanged(false, now: Self.start + .seconds(19))
        #expect(machine.timePassed(now: Self.start + .seconds(20)) == .close)

        var patient = State.responding.machine
        patient.writabilityChanged(false, now: Self.start)
        patient.writabilityChanged(true, now: Self.start + .seconds(19))
        #expect(patient.timePassed(now: Self.start + .seconds(20)) == .wait)
    }

    @Test("is asked about time often enough")
    func tick() { #expect(State.idle.machine.tick == .seconds(1)) }
}

extension HTTPConnectionStateMachine {
    fileprivate mutating func head(
        _ kind: Kind, contentLength: Int = 0, keepsAlive: Bool = true, isAdmitted: Bool = true
    ) -> HeadAction {
        receivedHead(
            kind, contentLength: contentLength, keepsAlive: keepsAlive, isAdmitted: isAdmitted,
            now: HTTPConnectionStateMachineTests.start)
    }
}

extension HTTPConnectionStateMachine.HeadAction {
    fileprivate var status: Int? {
        if case .refuse(let problem) = self { problem.status } else { nil }
    }
}
