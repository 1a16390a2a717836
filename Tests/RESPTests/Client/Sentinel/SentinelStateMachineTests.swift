import NIOCore
import Testing

@testable import RESP

@Suite("The Sentinel state machine")
struct SentinelStateMachineTests {
    private let first = NodeAddress.tcp(host: "s1", port: 26_379)
    private let second = NodeAddress.tcp(host: "s2", port: 26_379)
    private let old = NodeAddress.tcp(host: "m1", port: 6_379)
    private let new = NodeAddress.tcp(host: "m2", port: 6_379)
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var late: NIODeadline { now + .seconds(60) }

    private var settings: RedisTopologySettings {
        var settings = RedisTopologySettings()
        settings.jitter = 0
        settings.leastRefreshInterval = .milliseconds(200)
        settings.maximumBackOff = .seconds(1)
        settings.sentinelPollInterval = .seconds(3)
        return settings
    }

    private func machine() -> SentinelStateMachine {
        SentinelStateMachine(sentinels: [first, second], settings: settings, randomSeed: 7)
    }

    private func asking() -> SentinelStateMachine {
        var machine = machine()
        _ = machine.start()
        return machine
    }

    private func verifying() -> SentinelStateMachine {
        var machine = asking()
        _ = machine.named(old, by: first, now: now)
        return machine
    }

    private func following() -> SentinelStateMachine {
        var machine = verifying()
        _ = machine.confirmed(old, now: now)
        return machine
    }

    private func degraded() -> SentinelStateMachine {
        var machine = asking()
        _ = machine.sentinelFailed(first, now: now)
        _ = machine.sentinelFailed(second, now: now)
        return machine
    }

    private func closed() -> SentinelStateMachine {
        var machine = machine()
        machine.close()
        return machine
    }

    @Test("finds the master: asks a Sentinel, and the named node for its role")
    func find() {
        var machine = machine()
        #expect(machine.start() == .askMaster(of: first))
        #expect(machine.named(old, by: first, now: now) == .askRole(of: old))
        #expect(machine.master == nil)
        let action = machine.confirmed(old, now: now)
        #expect(action == .follow(old, leaving: nil, learnFrom: first, wake: now + .seconds(3)))
        #expect(machine.master == old && machine.phase == .following)
    }

    @Test("asks the next Sentinel when one does not answer or names a node that is no master")
    func next() {
        var machine = asking()
        #expect(machine.sentinelFailed(first, now: now) == .askMaster(of: second))
        var other = verifying()
        #expect(other.denied(old, now: now) == .askMaster(of: second))
        // The same node need not be asked again in the same round.
        #expect(other.named(old, by: second, now: now) == .giveUp(wake: now + .milliseconds(200)))
    }

    @Test("prefers the Sentinel that answered")
    func order() {
        var machine = asking()
        _ = machine.sentinelFailed(first, now: now)
        _ = machine.named(old, by: second, now: now)
        #expect(
            machine.confirmed(old, now: now) == .follow(old, leaving: nil, learnFrom: second, wake: now + .seconds(3)))
        #expect(machine.timerFired(now: late) == .askMaster(of: second))
        #expect(machine.sentinels == [second, first])
    }

    @Test("stays when the same master is named, without asking the master anything")
    func stay() {
        var machine = following()
        #expect(machine.timerFired(now: now + .seconds(3)) == .askMaster(of: first))
        #expect(machine.named(old, by: first, now: late) == .stay(wake: late + .seconds(3)))
        #expect(machine.phase == .following)
    }

    @Test("follows to the new master and leaves the old one")
    func follow() {
        var machine = following()
        _ = machine.timerFired(now: late)
        #expect(machine.named(new, by: first, now: late) == .askRole(of: new))
        #expect(machine.master == old)
        let action = machine.confirmed(new, now: late)
        #expect(action == .follow(new, leaving: old, learnFrom: first, wake: late + .seconds(3)))
    }

    @Test("has a master that is doubted show its role again")
    func doubt() {
        var machine = following()
        #expect(machine.doubted(now: late) == .askMaster(of: first))
        #expect(machine.named(old, by: first, now: late) == .askRole(of: old))
        #expect(machine.confirmed(old, now: late) == .stay(wake: late + .seconds(3)))
        _ = machine.timerFired(now: late + .seconds(3))
        #expect(machine.named(old, by: first, now: late) == .stay(wake: late + .seconds(3)))
    }

    @Test("does not ask at every doubt, but soon")
    func throttle() {
        var machine = following()
        #expect(machine.doubted(now: now) == .wake(now + .milliseconds(200)))
        for _ in 0..<100 { #expect(machine.doubted(now: now + .milliseconds(1)) == .none) }
        #expect(machine.timerFired(now: now + .milliseconds(200)) == .askMaster(of: first))
    }

    @Test("asks again soon while Sentinels answer but have not agreed on a new master")
    func undecided() {
        var machine = following()
        _ = machine.doubted(now: late)
        for round in 0..<10 as Range<Int64> {
            let moment = late + .milliseconds(200 * round)
            #expect(machine.named(old, by: first, now: moment) == .askRole(of: old))
            #expect(machine.denied(old, now: moment) == .askMaster(of: second))
            #expect(machine.named(old, by: second, now: moment) == .giveUp(wake: moment + .milliseconds(200)))
            #expect(machine.timerFired(now: moment + .milliseconds(200)) == .askMaster(of: first))
        }
    }

    @Test("asks at its interval also when that is shorter than the least between questions elsewhere")
    func shortInterval() {
        var settings = settings
        settings.sentinelPollInterval = .milliseconds(50)
        var machine = SentinelStateMachine(sentinels: [first], settings: settings, randomSeed: 7)
        _ = machine.start()
        _ = machine.named(old, by: first, now: now)
        let wake = now + .milliseconds(50)
        #expect(machine.confirmed(old, now: now) == .follow(old, leaving: nil, learnFrom: first, wake: wake))
        #expect(machine.doubted(now: now) == .wake(wake))
        #expect(machine.timerFired(now: wake) == .askMaster(of: first))
    }

    @Test("pauses longer each time no Sentinel answers, and keeps the old master meanwhile")
    func pauses() {
        var machine = following()
        var moment = late
        _ = machine.doubted(now: moment)
        for pause in [200, 400, 800, 1_000, 1_000] as [Int64] {
            #expect(machine.sentinelFailed(first, now: moment) == .askMaster(of: second))
            #expect(machine.sentinelFailed(second, now: moment) == .giveUp(wake: moment + .milliseconds(pause)))
            #expect(machine.master == old)
            #expect(machine.timerFired(now: moment) == .wake(moment + .milliseconds(pause)))
            moment = moment + .milliseconds(pause)
            #expect(machine.timerFired(now: moment) == .askMaster(of: first))
        }
    }

    @Test("learns of further Sentinels, up to a bound, and forgets none")
    func learn() {
        var machine = following()
        machine.learned([first, .tcp(host: "s3", port: 1)])
        #expect(machine.sentinels == [first, second, .tcp(host: "s3", port: 1)])
        machine.learned((0..<100).map { .tcp(host: "many", port: $0) })
        #expect(machine.sentinels.count == SentinelStateMachine.maximumSentinels)
        #expect(machine.sentinels.prefix(2) == [first, second])
    }

    // MARK: Every event in every state

    private func expect(
        _ expected: [String: SentinelStateMachine.Action],
        _ event: (inout SentinelStateMachine) -> SentinelStateMachine.Action
    ) {
        let states = [
            ("idle", machine()), ("asking", asking()), ("verifying", verifying()), ("following", following()),
            ("degraded", degraded()), ("closed", closed()),
        ]
        for (name, state) in states {
            var machine = state
            let before = machine.phase
            #expect(event(&machine) == expected[name, default: .none], "in \(name)")
            if expected[name] == nil { #expect(machine.phase == before, "in \(name)") }
        }
    }

    @Test("does nothing at events that do not belong to a state")
    func table() {
        expect(["idle": .askMaster(of: first)]) { $0.start() }
        expect(["asking": .askRole(of: old)]) { $0.named(old, by: first, now: late) }
        expect([:]) { $0.named(old, by: second, now: late) }
        expect(["asking": .askMaster(of: second)]) { $0.sentinelFailed(first, now: late) }
        expect([:]) { $0.sentinelFailed(second, now: late) }
        let found = SentinelStateMachine.Action.follow(old, leaving: nil, learnFrom: first, wake: late + .seconds(3))
        expect(["verifying": found]) { $0.confirmed(old, now: late) }
        expect([:]) { $0.confirmed(new, now: late) }
        expect(["verifying": .askMaster(of: second)]) { $0.denied(old, now: late) }
        expect([:]) { $0.denied(new, now: late) }
        expect(["following": .askMaster(of: first)]) { $0.doubted(now: late) }
        expect(["following": .askMaster(of: first), "degraded": .askMaster(of: first)]) { $0.timerFired(now: late) }
    }

    @Test("ends for good")
    func close() {
        for state in [machine(), asking(), verifying(), following(), degraded()] {
            var machine = state
            machine.close()
            #expect(machine.start() == .none && machine.doubted(now: late) == .none)
            #expect(machine.timerFired(now: late) == .none && machine.phase == .closed)
        }
    }
}
