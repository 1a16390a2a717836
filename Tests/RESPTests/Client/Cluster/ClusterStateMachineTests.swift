import NIOCore
import Testing

@testable import RESP

@Suite("The cluster state machine")
struct ClusterStateMachineTests {
    let a = NodeAddress.tcp(host: "10.0.0.1", port: 1)
    let b = NodeAddress.tcp(host: "10.0.0.2", port: 2)
    let c = NodeAddress.tcp(host: "10.0.0.3", port: 3)
    let seed = NodeAddress.tcp(host: "seed", port: 1)
    let otherSeed = NodeAddress.tcp(host: "seed", port: 2)
    let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    var settings: RedisTopologySettings {
        var settings = RedisTopologySettings()
        settings.jitter = 0
        settings.leastRefreshInterval = .milliseconds(200)
        settings.maximumBackOff = .seconds(1)
        return settings
    }

    func machine() -> ClusterStateMachine {
        ClusterStateMachine(seeds: [seed, otherSeed], settings: settings, randomSeed: 7)
    }

    func slot(_ number: Int) throws -> HashSlot { try #require(HashSlot(number)) }

    /// The whole cluster: the first hundred slots on one master, the rest on another.
    func shards(_ first: NodeAddress, _ second: NodeAddress, to end: Int = 16_383) throws -> [SlotMap.Shard] {
        [
            SlotMap.Shard(slots: [try slot(0)...slot(99)], master: first),
            SlotMap.Shard(slots: [try slot(100)...slot(end)], master: second),
        ]
    }

    func asking() -> ClusterStateMachine {
        var machine = machine()
        _ = machine.start()
        return machine
    }

    func ready() throws -> ClusterStateMachine {
        var machine = asking()
        _ = machine.answered(try shards(a, b), by: seed, open: [], now: now)
        return machine
    }

    func refreshing() throws -> ClusterStateMachine {
        var machine = try ready()
        _ = machine.refreshWanted(preferring: c, now: now + .seconds(1))
        return machine
    }

    func degraded() -> ClusterStateMachine {
        var machine = asking()
        _ = machine.failed(seed, now: now)
        _ = machine.failed(otherSeed, now: now)
        return machine
    }

    func closed() -> ClusterStateMachine {
        var machine = machine()
        machine.close()
        return machine
    }

    // MARK: Discovering

    @Test("asks its seeds in turn, then pauses, longer each time, and asks again")
    func seeds() {
        var machine = machine()
        var moment = now
        #expect(machine.start() == .ask(seed))
        for pause in [200, 400, 800, 1_000, 1_000] as [Int64] {
            #expect(machine.failed(seed, now: moment) == .ask(otherSeed))
            #expect(machine.failed(otherSeed, now: moment) == .giveUp(wake: moment + .milliseconds(pause)))
            let early = moment + .milliseconds(pause) - .nanoseconds(1)
            #expect(machine.timerFired(isConnected: { _ in true }, now: early) == .wake(moment + .milliseconds(pause)))
            moment = moment + .milliseconds(pause)
            #expect(machine.timerFired(isConnected: { _ in true }, now: moment) == .ask(seed))
        }
    }

    @Test("takes over the first map, and says who is not in it")
    func firstMap() throws {
        var machine = asking()
        #expect(try machine.route(slot(0)) == .wait && machine.route(nil) == .wait)
        let action = machine.answered(try shards(a, b), by: seed, open: [seed, a], now: now)
        #expect(action == .apply(leaving: [seed], wake: nil))
        #expect(try machine.route(slot(0)) == .node(0) && machine.route(slot(100)) == .node(1))
        #expect(machine.route(nil) == .node(0) && machine.phase == .ready)
    }

    @Test("does not believe a node that knows of no slots")
    func emptyMap() throws {
        var machine = try refreshing()
        let action = machine.answered([], by: c, open: [], now: now)
        guard case .ask(let next) = action else {
            Issue.record("\(action)")
            return
        }
        #expect([a, b].contains(next) && machine.map.masters == [a, b])
        var first = asking()
        #expect(first.answered([SlotMap.Shard(slots: [], master: a)], by: seed, open: [], now: now) == .ask(otherSeed))
    }

    @Test("refuses requests when nobody ever answered, and lets them wait while somebody is asked")
    func unavailable() throws {
        var machine = degraded()
        #expect(try machine.route(slot(5)) == .unavailable && machine.route(nil) == .unavailable)
        _ = machine.timerFired(isConnected: { _ in false }, now: now + .seconds(9))
        #expect(machine.route(try slot(5)) == .wait)
        #expect(closed().route(nil) == .unavailable && self.machine().route(nil) == .wait)
    }

    // MARK: Refreshing

    @Test("moves one slot at once, and asks the node that has it for the rest")
    func moved() throws {
        var machine = try ready()
        let later = now + .seconds(1)
        #expect(machine.moved(try slot(3), to: c, now: later) == .ask(c))
        #expect(try machine.map[slot(3)] == c && machine.map[slot(4)] == a)
        #expect(Set(rest(of: machine)) == [a, b, seed, otherSeed])
    }

    private func rest(of machine: ClusterStateMachine) -> [NodeAddress] {
        guard case .asking(_, let rest) = machine.phase else { return [] }
        return rest
    }

    @Test("asks once at a time, and once more when something came meanwhile")
    func singleFlight() throws {
        var machine = try refreshing()
        #expect(machine.moved(try slot(3), to: b, now: now + .seconds(1)) == .none)
        #expect(machine.refreshWanted(now: now + .seconds(1)) == .none)
        let answer = now + .seconds(2)
        let action = machine.answered(try shards(a, b), by: c, open: [a, b], now: answer)
        #expect(action == .apply(leaving: [], wake: answer + .milliseconds(200)))
        #expect(machine.refreshWanted(now: answer) == .none)
        let due = answer + .milliseconds(200)
        guard case .ask = machine.timerFired(isConnected: { _ in true }, now: due) else {
            Issue.record("not asked again")
            return
        }
    }

    @Test("does not ask again before the least interval is over, however much is wanted")
    func throttle() throws {
        var machine = try ready()
        #expect(machine.refreshWanted(now: now) == .wake(now + .milliseconds(200)))
        for _ in 0..<100 { #expect(machine.moved(try slot(3), to: b, now: now + .milliseconds(1)) == .none) }
        guard case .ask = machine.timerFired(isConnected: { _ in true }, now: now + .milliseconds(200)) else {
            Issue.record("not asked")
            return
        }
    }

    @Test("keeps its map while nobody answers")
    func keepsMap() throws {
        var machine = try refreshing()
        var moment = now
        while case .asking(let node, _) = machine.phase {
            moment = moment + .milliseconds(1)
            _ = machine.failed(node, now: moment)
        }
        #expect(try machine.phase == .degraded(failures: 1) && machine.route(slot(5)) == .node(0))
        #expect(machine.refreshWanted(now: moment + .seconds(5)) == .none)
        #expect(machine.moved(try slot(5), to: b, now: moment) == .none)
        #expect(machine.map[try slot(5)] == b)
    }

    // MARK: Nodes that are lost, leave, or are promoted

    @Test("asks again and again while a master is gone, until its replica has its slots")
    func promotion() throws {
        var machine = try ready()
        var moment = now + .seconds(1)
        #expect(machine.disconnected(a, now: moment) == .ask(b))
        #expect(machine.route(nil) == .node(1))
        for pause in [200, 400, 400, 400] as [Int64] {
            let action = machine.answered(try shards(a, b), by: b, open: [a, b], now: moment)
            #expect(action == .apply(leaving: [], wake: moment + .milliseconds(pause)))
            moment = moment + .milliseconds(pause)
            #expect(machine.timerFired(isConnected: { $0 == b }, now: moment) == .ask(b))
        }
        #expect(
            machine.answered(try shards(c, b), by: b, open: [a, b], now: moment) == .apply(leaving: [a], wake: nil))
        #expect(try machine.map[slot(0)] == c && machine.suspects.isEmpty)
    }

    @Test("stops asking when a lost master is there again")
    func recovered() throws {
        var machine = try ready()
        let moment = now + .seconds(1)
        _ = machine.disconnected(a, now: moment)
        _ = machine.answered(try shards(a, b), by: b, open: [a, b], now: moment)
        _ = machine.timerFired(isConnected: { _ in true }, now: moment + .seconds(1))
        let node = try #require([a, b].first { machine.phase == .asking($0, then: rest(of: machine)) })
        #expect(
            machine.answered(try shards(a, b), by: node, open: [a, b], now: moment) == .apply(leaving: [], wake: nil))
        #expect(machine.timerFired(isConnected: { _ in true }, now: moment + .seconds(9)) == .none)
    }

    @Test("does not suspect nodes that serve nothing")
    func strangers() throws {
        var machine = try ready()
        guard case .ask = machine.disconnected(seed, now: now + .seconds(1)) else {
            Issue.record("not asked")
            return
        }
        #expect(machine.suspects.isEmpty)
    }

    @Test("asks again while slots are unassigned, and says so to requests")
    func gaps() throws {
        var machine = asking()
        let action = machine.answered(try shards(a, b, to: 9_999), by: seed, open: [], now: now)
        #expect(action == .apply(leaving: [], wake: now + .milliseconds(200)))
        #expect(try machine.route(slot(10_000)) == .unassigned && machine.route(slot(9_999)) == .node(1))
        guard case .ask = machine.timerFired(isConnected: { _ in true }, now: now + .seconds(1)) else {
            Issue.record("not asked again")
            return
        }
    }

    @Test("asks again soon for as long as a replica may take to become master, then less and less")
    func patience() throws {
        var machine = asking()
        var moment = now
        var pauses: [TimeAmount] = []
        for _ in 0..<ClusterStateMachine.shortPauses + 8 {
            guard case .asking(let node, _) = machine.phase,
                case .apply(_, let wake?) = machine.answered(
                    try shards(a, b, to: 9_999), by: node, open: [], now: moment)
            else {
                Issue.record("not asked again")
                return
            }
            pauses.append(wake - moment)
            moment = wake
            _ = machine.timerFired(isConnected: { _ in true }, now: moment)
        }
        #expect(pauses[0] == .milliseconds(200))
        #expect(pauses[1..<ClusterStateMachine.shortPauses].allSatisfy { $0 == .milliseconds(400) })
        #expect(pauses[ClusterStateMachine.shortPauses] == .milliseconds(800))
        #expect(pauses.last == .seconds(1))
    }

    @Test("asks a bounded number of nodes, everybody once, seeds last")
    func candidates() throws {
        var machine = asking()
        let nodes = (0..<100).map { NodeAddress.tcp(host: "10.1.0.1", port: $0 + 1) }
        let shards = try nodes.enumerated().map { index, node in
            SlotMap.Shard(
                slots: [try slot(index)...slot(index)], master: node, replicas: [.tcp(host: "r", port: index + 1)])
        }
        _ = machine.answered(shards, by: seed, open: [], now: now)
        _ = machine.refreshWanted(preferring: nodes[0], now: now + .seconds(1))
        let rest = rest(of: machine)
        #expect(rest.suffix(2) == [seed, otherSeed] && Set(rest).count == rest.count && !rest.contains(nodes[0]))
        let bound = ClusterStateMachine.maximumMastersAsked + ClusterStateMachine.maximumReplicasAsked + 2
        #expect(rest.count <= bound && rest.count >= bound - 1)
    }

    @Test("follows from its seed: the same events bring the same actions")
    func deterministic() throws {
        let (first, second) = (try refreshing(), try refreshing())
        #expect(first.phase == second.phase)
    }

    @Test("makes pauses random within their bounds")
    func jitter() {
        var settings = settings
        settings.jitter = 0.5
        var random = SplitMix(seed: 3)
        let pauses = (0..<200).map { _ in settings.pause(afterFailures: 2, random: &random).nanoseconds }
        #expect(pauses.allSatisfy { $0 > 200_000_000 && $0 <= 400_000_000 } && Set(pauses).count > 100)
        #expect(settings.pause(afterFailures: .max, random: &random) <= .seconds(1))
    }
}
