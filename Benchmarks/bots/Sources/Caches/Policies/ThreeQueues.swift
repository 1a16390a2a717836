/// S3-FIFO: a small queue for newcomers, a main queue for what was asked for twice, and a memory of what went.
///
/// Source: Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023).
struct ThreeQueues: SimulatedCache {
    private struct Queue {
        private var keys: [Int] = []
        private var first = 0
        var count: Int { keys.count - first }

        mutating func append(_ key: Int) { keys.append(key) }

        mutating func removeFirst() -> Int {
            defer {
                first += 1
                if first > 4_096, first * 2 > keys.count {
                    keys.removeFirst(first)
                    first = 0
                }
            }
            return keys[first]
        }
    }

    private var small = Queue()
    private var main = Queue()
    private var ghosts = Queue()
    private var ghostCounts: [Int: Int] = [:]
    private var frequency: [Int: Int] = [:]
    private let entries: Int
    private let mostSmall: Int

    init(entries: Int) {
        self.entries = entries
        mostSmall = max(1, entries / 10)
    }

    mutating func ask(_ key: Int) -> Bool {
        if let count = frequency[key] {
            frequency[key] = min(3, count + 1)
            return true
        }
        while frequency.count >= entries { evict() }
        frequency[key] = 0
        if ghostCounts[key] != nil { main.append(key) } else { small.append(key) }
        return false
    }

    private mutating func evict() {
        if small.count >= mostSmall || main.count == 0 { evictSmall() } else { evictMain() }
    }

    private mutating func evictSmall() {
        while small.count > 0 {
            let key = small.removeFirst()
            if frequency[key]! > 1 {
                frequency[key] = 0
                main.append(key)
                if main.count > entries - mostSmall { return evictMain() }
            } else {
                frequency[key] = nil
                return remember(key)
            }
        }
    }

    private mutating func evictMain() {
        while main.count > 0 {
            let key = main.removeFirst()
            guard let count = frequency[key], count > 0 else {
                frequency[key] = nil
                return
            }
            frequency[key] = count - 1
            main.append(key)
        }
    }

    private mutating func remember(_ key: Int) {
        ghosts.append(key)
        ghostCounts[key, default: 0] += 1
        guard ghosts.count > entries - mostSmall else { return }
        let old = ghosts.removeFirst()
        ghostCounts[old]! -= 1
        if ghostCounts[old] == 0 { ghostCounts[old] = nil }
    }
}
