internal import Synchronization

/// Counts what becomes of requests to one rule: a row of numbers for each shard, so that threads rarely meet.
///
/// Sendable: the numbers are atomic. They lie in memory that the registry, and so the store, keeps.
struct RuleCounter: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    /// Numbers from one shard's row to the next: a cache line.
    private static let stride = 8
    /// What the rows of a rule take.
    static let byteCount = Shards.count * stride * MemoryLayout<Atomic<UInt64>>.stride

    init(_ base: UnsafeMutableRawPointer) {
        self.base = base.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Counts under the lock of the shard in which a key lies, where nobody else counts.
    @inline(__always)
    func count(_ outcome: CountedOutcome, at key: CellKey) {
        let number = base + (Int(truncatingIfNeeded: key.low &>> 58) &* Self.stride &+ outcome.place)
        number.pointee.store(number.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Counts where no shard is locked. A counter is counted by either this or the other, never by both.
    func count(_ outcome: CountedOutcome) {
        // Threads have stacks of their own: so each mostly finds a row of its own.
        var mark: UInt8 = 0
        let place = withUnsafeMutablePointer(to: &mark) { Int(bitPattern: $0) >> 16 & (Shards.count - 1) }
        (base + (place * Self.stride + outcome.place)).pointee.add(1, ordering: .relaxed)
    }

    /// The sums over all shards, by the outcomes' places.
    var sums: [UInt64] {
        CountedOutcome.allCases.map { outcome in
            (0..<Shards.count).reduce(0) { sum, shard in
                sum &+ base[shard * Self.stride + outcome.place].load(ordering: .relaxed)
            }
        }
    }
}
