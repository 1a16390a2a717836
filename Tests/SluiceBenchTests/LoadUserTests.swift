import Testing

@testable import SluiceBench

@Suite("A user of a load")
struct LoadUserTests {
    private static let question = LoadQuestion(task: 1, due: 5)

    /// One in each state.
    private static func machine(_ state: String) -> LoadUserStateMachine {
        var machine = LoadUserStateMachine()
        if state == "away" { return machine }
        _ = machine.ask(question)
        if state == "connecting" { return machine }
        _ = machine.connected()
        if state == "asking" { return machine }
        machine.head(status: 200, isKept: true)
        if state == "reading" { return machine }
        _ = machine.end()
        return machine
    }

    @Test("connects for his first question, and asks the next on the same connection")
    func asks() {
        var machine = LoadUserStateMachine()
        #expect(machine.ask(Self.question) == .connect && machine.question == Self.question)
        #expect(machine.connected() == Self.question)
        machine.head(status: 429, isKept: true)
        let answer = machine.end()
        #expect(answer?.question == Self.question && answer?.status == 429 && answer?.isKept == true)
        #expect(machine.state == .ready && machine.question == nil)
        #expect(machine.ask(Self.question) == .send)
    }

    @Test("connects again when a connection may not be kept")
    func notKept() {
        var machine = Self.machine("asking")
        machine.head(status: 200, isKept: false)
        #expect(machine.end()?.isKept == false)
        #expect(machine.state == .away && machine.ask(Self.question) == .connect)
    }

    @Test("gives his question back when the connection is lost", arguments: ["connecting", "asking", "reading"])
    func lost(state: String) {
        var machine = Self.machine(state)
        #expect(machine.lost() == Self.question && machine.state == .away)
        #expect(machine.lost() == nil)
    }

    @Test("loses nothing with a connection on which nothing is asked", arguments: ["away", "ready"])
    func idle(state: String) {
        var machine = Self.machine(state)
        #expect(machine.lost() == nil && machine.state == .away)
    }

    @Test("takes no heed of what he did not ask for")
    func unasked() {
        for state in ["away", "connecting", "ready"] {
            var machine = Self.machine(state)
            let before = machine.state
            machine.head(status: 200, isKept: false)
            #expect(machine.end() == nil && machine.state == before, "\(state)")
        }
        for state in ["away", "asking", "reading", "ready"] {
            var machine = Self.machine(state)
            let before = machine.state
            #expect(machine.connected() == nil && machine.state == before, "\(state)")
        }
        // An end without a beginning.
        var machine = Self.machine("asking")
        #expect(machine.end() == nil && machine.question == Self.question)
    }
}
