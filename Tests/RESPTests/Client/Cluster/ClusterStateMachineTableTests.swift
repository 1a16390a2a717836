import NIOCore
import Testing

@testable import RESP

/// Every event in every state: those that do not belong to it change nothing.
@Suite("The cluster state machine, state by state")
struct ClusterStateMachineTableTests {
    private let base = ClusterStateMachineTests()
    private var late: NIODeadline { base.now + .seconds(60) }

    private func all() throws -> [(String, ClusterStateMachine)] {
        [
            ("idle", base.machine()), ("asking", base.asking()), ("ready", try base.ready()),
            ("refreshing", try base.refreshing()), ("degraded", base.degraded()), ("closed", base.closed()),
        ]
    }

    private func expect(
        _ expected: [String: ClusterStateMachine.Action],
        _ event: (inout ClusterStateMachine) throws -> ClusterStateMachine.Action
    ) throws {
        for (name, state) in try all() {
            var machine = state
            let before = machine.phase
            let action = try event(&machine)
            #expect(action == expected[name, default: .none], "in \(name)")
            if expected[name] == nil { #expect(machine.phase == before, "in \(name)") }
        }
    }

    @Test("start asks, once")
    func start() throws {
        try expect(["idle": .ask(base.seed)]) { $0.start() }
    }

    @Test("a redirect asks only when nobody is asked and nothing waits")
    func moved() throws {
        try expect(["ready": .ask(base.c)]) { $0.moved(try base.slot(1), to: base.c, now: late) }
    }

    @Test("a redirect before the first map makes none")
    func movedWithoutMap() throws {
        for var machine in [base.machine(), base.asking(), base.degraded(), base.closed()] {
            _ = machine.moved(try base.slot(1), to: base.c, now: late)
            #expect(machine.map.isEmpty)
        }
    }

    @Test("a lost connection asks those that are not lost")
    func disconnected() throws {
        try expect(["ready": .ask(base.b)]) { $0.disconnected(base.a, now: late) }
    }

    @Test("an answer counts only from the node that is asked")
    func answered() throws {
        let shards = try base.shards(base.a, base.b)
        try expect(["asking": .apply(leaving: [], wake: nil)]) {
            $0.answered(shards, by: base.seed, open: [], now: late)
        }
        try expect(["refreshing": .apply(leaving: [], wake: nil)]) {
            $0.answered(shards, by: base.c, open: [], now: late)
        }
        try expect([:]) { $0.answered(shards, by: .unix(path: "/other"), open: [], now: late) }
    }

    @Test("a failure counts only from the node that is asked")
    func failed() throws {
        try expect(["asking": .ask(base.otherSeed)]) { $0.failed(base.seed, now: late) }
        try expect([:]) { $0.failed(.unix(path: "/other"), now: late) }
    }

    @Test("the timer asks only who has a reason to")
    func timer() throws {
        try expect(["degraded": .ask(base.seed)]) { $0.timerFired(isConnected: { _ in true }, now: late) }
    }

    @Test("the end is the end")
    func close() throws {
        for (_, state) in try all() {
            var machine = state
            machine.close()
            #expect(machine.phase == .closed)
            #expect(machine.start() == .none && machine.refreshWanted(now: late) == .none)
            #expect(machine.timerFired(isConnected: { _ in true }, now: late) == .none)
        }
    }
}
