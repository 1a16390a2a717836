internal import HeapModule

/// Lines that wait for the same thing: the highest priority first, among equals the one that was served longest ago.
///
/// No more than `patience` times in a row does a higher priority go before a lower one. Entries of lines that have gone
/// elsewhere stay until they are met or outnumber the others.
struct PacingLanes {
    struct Entry: Comparable {
        /// When the line was served last, counted in services.
        var turn: UInt64
        var line: Int
        /// Tells whether the entry still holds; see ``PacingQueue``.
        var stamp: UInt64

        static func < (a: Entry, b: Entry) -> Bool { (a.turn, a.stamp) < (b.turn, b.stamp) }
    }

    /// Entries that may be outdated before all are looked through, beyond as many as hold.
    private static let slack = 32

    private var heaps = [Heap<Entry>](repeating: Heap(), count: PacingPriority.allCases.count)
    private var passedOver = [Int](repeating: 0, count: PacingPriority.allCases.count)
    /// Priorities that go first whatever waits above them: patience gave one of their lines a turn, but no limit did.
    private var isOwed = [Bool](repeating: false, count: PacingPriority.allCases.count)
    private(set) var live = 0

    var isEmpty: Bool { live == 0 }

    /// - Parameter isDue: Whether it is the line's turn whatever waits above it; see `pop`.
    mutating func push(_ entry: Entry, _ priority: PacingPriority, isDue: Bool, stamps: [UInt64]) {
        heaps[priority.rawValue].insert(entry)
        live += 1
        if isDue { isOwed[priority.rawValue] = true }
        guard heaps.reduce(0, { $0 + $1.count }) > 2 * live + Self.slack else { return }
        for level in heaps.indices {
            heaps[level] = Heap(heaps[level].unordered.filter { stamps[$0.line] == $0.stamp })
        }
    }

    /// A line has gone elsewhere; its entry no longer holds.
    mutating func forget() { live -= 1 }

    /// The line whose turn it is, and whether higher ones have passed it often enough: then it stays its turn until a
    /// limit lets it pass.
    mutating func pop(patience: Int, stamps: [UInt64]) -> (line: Int, isDue: Bool)? {
        var best: Int?
        for level in heaps.indices {
            while let first = heaps[level].min, stamps[first.line] != first.stamp { heaps[level].removeMin() }
            if heaps[level].isEmpty { isOwed[level] = false }
            if best == nil, !heaps[level].isEmpty { best = level }
        }
        guard let best else { return nil }
        let due = heaps.indices.last { isOwed[$0] || !heaps[$0].isEmpty && passedOver[$0] >= patience }
        let chosen = due ?? best
        isOwed[chosen] = false
        for level in heaps.indices where level > chosen && !heaps[level].isEmpty { passedOver[level] += 1 }
        passedOver[chosen] = 0
        live -= 1
        return (heaps[chosen].removeMin().line, due != nil)
    }
}
