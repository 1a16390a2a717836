/// The last so many numbers that were seen, for updates that are delivered again.
package struct RecentNumbers: Sendable {
    private let capacity: Int
    private var known: Set<Int64> = []
    private var ring: [Int64] = []
    private var oldest = 0

    /// - Parameter capacity: How many are remembered; the oldest is forgotten for the next. At least 1.
    package init(capacity: Int) {
        precondition(capacity >= 1, "at least one number is remembered")
        self.capacity = capacity
    }

    /// How many are remembered.
    package var count: Int { ring.count }

    /// Whether it was seen. O(1).
    package func contains(_ number: Int64) -> Bool { known.contains(number) }

    /// Remembers a number; `false` if it was. O(1).
    @discardableResult
    package mutating func insert(_ number: Int64) -> Bool {
        guard known.insert(number).inserted else { return false }
        if ring.count < capacity {
            ring.append(number)
        } else {
            known.remove(ring[oldest])
            ring[oldest] = number
            oldest = (oldest + 1) % capacity
        }
        return true
    }
}
