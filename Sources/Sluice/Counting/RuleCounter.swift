internal import Synchronization

/// Counts what becomes of requests to one rule: a row of numbers for each shard, so that threads rarely meet.
///
/// Sendable: the numbers are atomic. They lie in memory that the registry, and so the store, keeps.
struct RuleCounter: @unchecked Sendable, Equatable {
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    /// Numbers from one shard's row to the next: two cache lines, of which the second is seldom touched.
    private static let stride = 16
    /// Where the numbers of use begin in a row.
    private static let firstUse = 8
    /// Into how many parts a limit is divided to tell how much of it is used.
    static let uses = 8
    /// What the rows of a rule take.
    static let byteCount = Shards.count * stride * MemoryLayout<Atomic<UInt64>>.stride

    /// What tells it from others.
    var identity: UnsafeRawPointer { UnsafeRawPointer(base) }

    init(_ base: UnsafeMutableRawPointer) {
        self.base = base.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// What a shard counts, to be touched under its lock only, where nobody else counts.
    struct Row {
        private let numbers: UnsafeMutablePointer<Atomic<UInt64>>

        init(_ numbers: UnsafeMutablePointer<Atomic<UInt64>>) { self.numbers = numbers }

        /// How often an outcome was counted.
        @inline(__always)
        subscript(outcome: CountedOutcome) -> UInt64 {
            get { numbers[outcome.place].load(ordering: .relaxed) }
            nonmutating set { numbers[outcome.place].store(newValue, ordering: .relaxed) }
        }

        /// Counts how much of a limit is used after so many decisions.
        func countUse(remaining: Int64, of capacity: Int64, times: UInt64) {
            let number = numbers + (RuleCounter.firstUse + RuleCounter.use(remaining: remaining, of: capacity))
            number.pointee.store(number.pointee.load(ordering: .relaxed) &+ times, ordering: .relaxed)
        }
    }

    /// The row of a shard.
    @inline(__always)
    func row(_ shard: Int) -> Row { Row(base + shard &* Self.stride) }

    /// In which part of a limit its use lies when so much remains.
    private static func use(remaining: Int64, of capacity: Int64) -> Int {
        guard capacity > 0 else { return uses - 1 }
        let used = Double(max(0, capacity - remaining)) / Double(capacity)
        return max(0, min(uses - 1, Int((used * Double(uses)).rounded(.up)) - 1))
    }

    /// Counts where no shard is locked. A counter is counted by either this or its rows, never by both.
    func count(_ outcome: CountedOutcome) { place(outcome.place).pointee.add(1, ordering: .relaxed) }

    /// Counts how much of a limit is used after a decision, where no shard is locked.
    func countUse(remaining: Int64, of capacity: Int64) {
        place(Self.firstUse + Self.use(remaining: remaining, of: capacity)).pointee.add(1, ordering: .relaxed)
    }

    private func place(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        base + (ThreadGroups.place(among: Shards.count) * Self.stride + number)
    }

    /// The sums over all shards, by the outcomes' places.
    var outcomes: [UInt64] { (0..<CountedOutcome.allCases.count).map(sum) }

    /// The sums over all shards of decisions after which at most so many eighths of the limit were used.
    var used: [UInt64] { (0..<Self.uses).map { sum(Self.firstUse + $0) } }

    private func sum(_ number: Int) -> UInt64 {
        (0..<Shards.count).reduce(0) { $0 &+ base[$1 * Self.stride + number].load(ordering: .relaxed) }
    }
}
