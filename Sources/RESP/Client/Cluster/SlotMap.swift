/// Which node serves which slot of a cluster, in 32 KiB and one load per look-up.
struct SlotMap: Sendable {
    /// A run of slots that one master serves.
    struct Shard: Hashable, Sendable {
        var slots: [ClosedRange<HashSlot>]
        var master: NodeAddress
        var replicas: [NodeAddress] = []
    }

    /// The nodes by index. The place of a node that serves nothing any more is nil until another takes it, so that
    /// the index of a node never changes while it is there.
    private(set) var nodes: [NodeAddress?] = []
    /// Replicas: they are asked for the map when no master answers.
    private(set) var replicas: [NodeAddress] = []
    /// For each slot the index of its node.
    private var indexes: [UInt16]
    /// Slots of each node, by index.
    private var slotCounts: [Int] = []

    /// Masters that a map can have: as many as Redis recommends nodes at most. Slots of more are unassigned, so that no
    /// answer makes a client open connections without end.
    static let maximumNodes = 1_000

    private static let unassigned = UInt16.max

    init() {
        indexes = Array(repeating: Self.unassigned, count: HashSlot.count)
    }

    /// The index of the node that serves a slot, or nil if none is known to.
    @inline(__always)
    func index(of slot: HashSlot) -> Int? {
        let index = indexes[Int(slot.rawValue)]
        return index == Self.unassigned ? nil : Int(index)
    }

    /// The node that serves a slot.
    subscript(slot: HashSlot) -> NodeAddress? { index(of: slot).flatMap { nodes[$0] } }

    /// The masters that serve at least one slot, by index.
    var masters: [NodeAddress] { nodes.compactMap { $0 } }

    var isEmpty: Bool { nodes.allSatisfy { $0 == nil } }

    /// Slots that no node is known to serve.
    var unassignedCount: Int { HashSlot.count - slotCounts.reduce(0, +) }

    func index(of address: NodeAddress) -> Int? { nodes.firstIndex(of: address) }

    /// Says that a slot has moved. A node that is left without slots is gone from the map.
    mutating func assign(_ slot: HashSlot, to address: NodeAddress) {
        guard self[slot] != address, let index = indexForNode(address) else { return }
        set(slot, index)
        dropIdleNodes()
    }

    /// Takes over what the cluster says. Where shards overlap the later one counts: the replies carry no epochs, and a
    /// wrong guess is set right by a redirect. Slots of no shard are unassigned. Nodes that stay keep their index.
    mutating func replace(with shards: [Shard]) {
        for slot in 0..<HashSlot.count { indexes[slot] = Self.unassigned }
        for index in slotCounts.indices { slotCounts[index] = 0 }
        // Leavers' places are free before the first newcomer looks for one.
        let staying = Set(shards.lazy.filter { !$0.slots.isEmpty }.map(\.master))
        for index in nodes.indices where nodes[index].map({ !staying.contains($0) }) ?? false { nodes[index] = nil }
        for shard in shards where !shard.slots.isEmpty {
            guard let index = indexForNode(shard.master) else { continue }
            for range in shard.slots {
                for number in range.lowerBound.rawValue...range.upperBound.rawValue {
                    if let slot = HashSlot(Int(number)) { set(slot, index) }
                }
            }
        }
        dropIdleNodes()
        replicas = shards.flatMap(\.replicas)
    }

    private mutating func set(_ slot: HashSlot, _ index: Int) {
        let old = indexes[Int(slot.rawValue)]
        if old != Self.unassigned { slotCounts[Int(old)] -= 1 }
        indexes[Int(slot.rawValue)] = UInt16(index)
        slotCounts[index] += 1
    }

    private mutating func dropIdleNodes() {
        for index in nodes.indices where slotCounts[index] == 0 { nodes[index] = nil }
    }

    /// Nil when there are too many.
    private mutating func indexForNode(_ address: NodeAddress) -> Int? {
        if let index = nodes.firstIndex(of: address) { return index }
        if let free = nodes.firstIndex(of: nil) {
            nodes[free] = address
            return free
        }
        guard nodes.count < Self.maximumNodes else { return nil }
        nodes.append(address)
        slotCounts.append(0)
        return nodes.count - 1
    }
}
