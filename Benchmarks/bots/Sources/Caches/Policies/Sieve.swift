/// SIEVE: a queue whose hand spares what was asked for since it last came by.
///
/// Source: Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is Simpler than LRU" (NSDI 2024).
struct Sieve: SimulatedCache {
    private struct Node {
        var key: Int
        var isVisited = false
        /// Towards newer entries, and towards older ones.
        var newer = -1
        var older = -1
    }

    private var nodes: [Node] = []
    private var places: [Int: Int] = [:]
    private var newest = -1
    private var oldest = -1
    private var hand = -1
    private let entries: Int

    init(entries: Int) { self.entries = entries }

    mutating func ask(_ key: Int) -> Bool {
        if let place = places[key] {
            nodes[place].isVisited = true
            return true
        }
        let place = places.count == entries ? evict() : nodes.count
        if place == nodes.count { nodes.append(Node(key: key)) } else { nodes[place] = Node(key: key) }
        places[key] = place
        nodes[place].older = newest
        if newest >= 0 { nodes[newest].newer = place } else { oldest = place }
        newest = place
        return false
    }

    private mutating func evict() -> Int {
        var place = hand >= 0 ? hand : oldest
        while nodes[place].isVisited {
            nodes[place].isVisited = false
            place = nodes[place].newer >= 0 ? nodes[place].newer : oldest
        }
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        hand = newer
        if newer >= 0 { nodes[newer].older = older } else { newest = older }
        if older >= 0 { nodes[older].newer = newer } else { oldest = newer }
        places[nodes[place].key] = nil
        return place
    }
}
