/// Finds nodes by their hashes: open addressing with linear probing, at most half full.
struct HashIndex {
    /// A node's number plus one; zero where there is none.
    private var places: ContiguousArray<Int32>
    private var mask: Int

    init() {
        places = ContiguousArray(repeating: 0, count: 16)
        mask = 15
    }

    /// How many nodes fit before it has to grow.
    var room: Int { places.count / 2 }

    /// The node with a hash, or -1.
    @inline(__always)
    func node(_ hash: UInt64, in nodes: ContiguousArray<CacheNode>) -> Int32 {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let node = places[place] &- 1
            if node < 0 || nodes[Int(node)].hash == hash { return node }
            place = (place &+ 1) & mask
        }
    }

    /// Adds a node whose hash is not there.
    mutating func insert(_ node: Int32, _ hash: UInt64) {
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 { place = (place &+ 1) & mask }
        places[place] = node &+ 1
    }

    /// Removes a node, and moves those behind it so that no search ends too early.
    mutating func remove(_ node: Int32, _ nodes: ContiguousArray<CacheNode>) {
        var hole = Int(truncatingIfNeeded: nodes[Int(node)].hash) & mask
        while places[hole] != node &+ 1 { hole = (hole &+ 1) & mask }
        var place = hole
        while true {
            place = (place &+ 1) & mask
            guard places[place] != 0 else { break }
            let home = Int(truncatingIfNeeded: nodes[Int(places[place] &- 1)].hash) & mask
            // It may move into the hole unless its home lies behind the hole.
            if (place &- home) & mask >= (place &- hole) & mask {
                places[hole] = places[place]
                hole = place
            }
        }
        places[hole] = 0
    }

    /// Makes room for more, given all nodes.
    mutating func grow(_ nodes: ContiguousArray<CacheNode>) {
        places = ContiguousArray(repeating: 0, count: places.count * 2)
        mask = places.count - 1
        for (number, node) in nodes.enumerated() where node.segment != .unused { insert(Int32(number), node.hash) }
    }
}
