import NIOCore
import Testing

@testable import RESP

@Suite("The cluster state machine on random walks")
struct ClusterStateMachineWalkTests {
    /// Drives a machine with events in any order, and checks what has to hold whatever happens.
    fileprivate struct Walk {
        var random: SeededGenerator
        var machine: ClusterStateMachine
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var asked: NodeAddress?
        var wake: NIODeadline?
        var lastAnswer: NIODeadline?
        let nodes = (1...6).map { NodeAddress.tcp(host: "10.0.0.1", port: $0) }
        let least: Duration

        init(seed: UInt64, settings: RedisTopologySettings) {
            random = SeededGenerator(seed: seed)
            machine = ClusterStateMachine(seeds: Array(nodes.prefix(2)), settings: settings, randomSeed: seed)
            least = settings.leastRefreshInterval
        }

        mutating func node() -> NodeAddress { nodes[random.number(0...5)] }

        mutating func perform(_ action: ClusterStateMachine.Action) {
            switch action {
            case .none: break
            case .ask(let node):
                // One question at a time, and none too soon after an answer.
                #expect(asked == nil)
                asked = node
                if let lastAnswer { #expect(now >= lastAnswer + TimeAmount(least)) }
            case .wake(let moment): wake = moment
            case .apply(let leaving, let moment):
                #expect(leaving.allSatisfy { machine.map.index(of: $0) == nil })
                lastAnswer = now
                if let moment { wake = moment }
            case .giveUp(let moment):
                lastAnswer = now
                wake = moment
            }
            let isAsking = if case .asking = machine.phase { true } else { false }
            #expect(isAsking == (asked != nil))
        }

        mutating func step() {
            switch random.number(0...9) {
            case 0, 1: answer()
            case 2:
                guard let node = asked else { return }
                asked = nil
                lastAnswer = nil
                perform(machine.failed(node, now: now))
            case 3: move()
            case 4: perform(machine.disconnected(node(), now: now))
            case 5: perform(machine.refreshWanted(now: now))
            case 6: perform(machine.failed(.unix(path: "/stranger"), now: now))
            default: pass()
            }
        }

        private mutating func answer() {
            guard let node = asked else { return }
            asked = nil
            let end = random.number(0...3) == 0 ? 16_000 : 16_383
            let middle = random.number(1...end)
            guard let first = HashSlot(0), let last = HashSlot(end), let low = HashSlot(middle - 1),
                let high = HashSlot(middle)
            else { return }
            let shards = [
                SlotMap.Shard(slots: [first...low], master: self.node()),
                SlotMap.Shard(slots: [high...last], master: self.node()),
            ]
            perform(machine.answered(shards, by: node, open: nodes, now: now))
        }

        private mutating func move() {
            guard let slot = HashSlot(random.number(0...16_383)) else { return }
            let address = node()
            perform(machine.moved(slot, to: address, now: now))
            if !machine.map.isEmpty, machine.phase != .closed { #expect(machine.map[slot] == address) }
        }

        private mutating func pass() {
            now = now + .milliseconds(Int64(random.number(0...100)))
            guard let moment = wake, moment <= now else { return }
            wake = nil
            perform(machine.timerFired(isConnected: { $0.description.hasSuffix("1") }, now: now))
        }
    }

    @Test("asks one node at a time and not too often, and always has a way on")
    func walk() {
        var settings = RedisTopologySettings()
        settings.jitter = 0
        var seeds = SeededGenerator(seed: SeededGenerator.freshSeed("cluster walk"))
        for _ in 0..<40 {
            var walk = Walk(seed: seeds.next(), settings: settings)
            walk.perform(walk.machine.start())
            for _ in 0..<400 { walk.step() }
            // Whoever is asked answers from here on: a map is there soon, and questions end.
            for _ in 0..<400 where walk.asked != nil || walk.machine.phase != .ready || walk.wake != nil {
                walk.settle()
            }
            #expect(walk.machine.phase == .ready && walk.machine.suspects.isEmpty)
            #expect(walk.machine.map.unassignedCount == 0)
            walk.machine.close()
            for _ in 0..<20 { #expect(walk.machine.refreshWanted(now: walk.now) == .none) }
        }
    }
}

extension ClusterStateMachineWalkTests.Walk {
    /// A step in a cluster that is in order.
    fileprivate mutating func settle() {
        if let node = asked {
            asked = nil
            guard let first = HashSlot(0), let last = HashSlot(16_383) else { return }
            let shards = [SlotMap.Shard(slots: [first...last], master: nodes[0])]
            perform(machine.answered(shards, by: node, open: nodes, now: now))
        } else {
            now = max(now, wake ?? now)
            wake = nil
            perform(machine.timerFired(isConnected: { _ in true }, now: now))
        }
    }
}
