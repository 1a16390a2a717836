import Testing

@testable import RESP

@Suite("Slot maps")
struct SlotMapTests {
    private let a = NodeAddress.tcp(host: "10.0.0.1", port: 1)
    private let b = NodeAddress.tcp(host: "10.0.0.2", port: 2)
    private let c = NodeAddress.tcp(host: "10.0.0.3", port: 3)

    private func slot(_ number: Int) throws -> HashSlot { try #require(HashSlot(number)) }

    private func shard(_ ranges: [ClosedRange<Int>], _ master: NodeAddress) throws -> SlotMap.Shard {
        SlotMap.Shard(slots: try ranges.map { try slot($0.lowerBound)...slot($0.upperBound) }, master: master)
    }

    @Test("know nothing at first")
    func empty() throws {
        let map = SlotMap()
        #expect(map.isEmpty && map.masters.isEmpty && map.unassignedCount == HashSlot.count)
        #expect(map[try slot(0)] == nil)
    }

    @Test("find every slot's master")
    func full() throws {
        var map = SlotMap()
        map.replace(with: [try shard([0...99, 200...16_383], a), try shard([100...199], b)])
        for number in 0..<HashSlot.count {
            #expect(map[try slot(number)] == ((100...199).contains(number) ? b : a))
        }
        #expect(map.unassignedCount == 0 && map.masters == [a, b])
    }

    @Test("know their gaps")
    func gaps() throws {
        var map = SlotMap()
        map.replace(with: [try shard([0...9], a), try shard([20...29], b)])
        #expect(try map[slot(9)] == a && map[slot(10)] == nil && map[slot(19)] == nil && map[slot(20)] == b)
        #expect(map.unassignedCount == HashSlot.count - 20)
    }

    @Test("let the later of two shards have what both claim")
    func overlaps() throws {
        var map = SlotMap()
        map.replace(with: [try shard([0...99], a), try shard([50...150, 0...10], b)])
        #expect(try map[slot(10)] == b && map[slot(11)] == a && map[slot(50)] == b)
        #expect(map.unassignedCount == HashSlot.count - 151)
        map.replace(with: [try shard([0...99], a), try shard([0...99], b)])
        #expect(map.masters == [b])
    }

    @Test("keep the index of a node that stays, and give that of one that left to the next")
    func indexes() throws {
        var map = SlotMap()
        map.replace(with: [try shard([0...9], a), try shard([10...19], b)])
        map.replace(with: [try shard([10...19], c), try shard([0...9], b)])
        #expect(map.index(of: b) == 1 && map.index(of: c) == 0 && map.index(of: a) == nil)
        #expect(try map.index(of: slot(0)) == 1 && map.index(of: slot(10)) == 0)
    }

    @Test("move one slot at a time, and drop a node with its last")
    func moves() throws {
        var map = SlotMap()
        map.replace(with: [try shard([0...1], a), try shard([2...9], b)])
        map.assign(try slot(0), to: b)
        #expect(try map[slot(0)] == b && map[slot(1)] == a && map.masters == [a, b])
        map.assign(try slot(1), to: c)
        #expect(try map[slot(1)] == c && Set(map.masters) == [b, c] && map.index(of: a) == nil)
        map.assign(try slot(500), to: c)
        #expect(try map[slot(500)] == c && map.unassignedCount == HashSlot.count - 11)
        map.assign(try slot(500), to: c)
        #expect(map.unassignedCount == HashSlot.count - 11)
    }

    @Test("hold a bounded number of nodes, and leave the slots of more unassigned")
    func bound() throws {
        var map = SlotMap()
        let shards = try (0..<(SlotMap.maximumNodes + 5)).map { try shard([$0...$0], .tcp(host: "n", port: $0)) }
        map.replace(with: shards)
        #expect(map.masters.count == SlotMap.maximumNodes)
        #expect(map.unassignedCount == HashSlot.count - SlotMap.maximumNodes)
        map.assign(try slot(5_000), to: a)
        #expect(try map[slot(5_000)] == nil)
    }

    @Test("agree with a dictionary over random changes")
    func random() throws {
        var random = SeededGenerator(seed: SeededGenerator.freshSeed("slot map"))
        let nodes = (1...40).map { NodeAddress.tcp(host: "10.0.0.9", port: $0) }
        var map = SlotMap()
        var oracle: [Int: NodeAddress] = [:]
        for _ in 0..<60 {
            if random.number(0...9) == 0 {
                var shards: [SlotMap.Shard] = []
                oracle = [:]
                for _ in 0..<random.number(0...12) {
                    let lower = random.number(0...16_383)
                    let upper = min(16_383, lower + random.number(0...3_000))
                    let node = nodes[random.number(0...39)]
                    shards.append(try shard([lower...upper], node))
                    for number in lower...upper { oracle[number] = node }
                }
                map.replace(with: shards)
            } else {
                for _ in 0..<50 {
                    let number = random.number(0...16_383)
                    let node = nodes[random.number(0...39)]
                    map.assign(try slot(number), to: node)
                    oracle[number] = node
                }
            }
            #expect((0..<HashSlot.count).allSatisfy { HashSlot($0).flatMap { map[$0] } == oracle[$0] })
            #expect(Set(map.masters) == Set(oracle.values))
            #expect(map.nodes.count <= nodes.count)
            #expect(map.unassignedCount == HashSlot.count - oracle.count)
        }
    }
}
