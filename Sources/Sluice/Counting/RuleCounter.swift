internal import Synchronization

/// Counts what becomes of requests to one rule: a row of numbers for each shard, so that threads rarely meet.
///
/// Sendable: the numbers are atomic. They lie in memory that the registry, and so the store, keeps.
struct RuleCounter: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    /// Numbers from one shard's row to the next: two cache lines, of which the second is seldom touched.
    private static let stride = 16
    /// Where the numbers of use begin in a row.
    private static let firstUse = 8
    /// Into how many parts a limit is divided to tell how much of it is used.
    static let uses = 8
    /// Of so many decisions one is looked at for its use, and counts for all of them.
    private static let useSample: UInt64 = 16
    /// What the rows of a rule take.
    static let byteCount = Shards.count * stride * MemoryLayout<Atomic<UInt64>>.stride

    /// What tells it from others.
    var identity: UnsafeRawPointer { UnsafeRawPointer(base) }

    init(_ base: UnsafeMutableRawPointer) {
        self.base = base.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Counts under the lock of the shard in which a key lies, where nobody else counts.
    @inline(__always)
    func count(_ verdict: Verdict, of limit: UnsafePointer<CompiledLimit>, at key: CellKey) {
        let row = base + Int(truncatingIfNeeded: key.low &>> 58) &* Self.stride
        let before = Self.increment(row + verdict.counted.place)
        guard verdict.isAllowed, before < Self.useSample || before & (Self.useSample - 1) == 0 else { return }
        countUse(row, verdict, capacity: limit.pointee.capacity, times: before < Self.useSample ? 1 : Self.useSample)
    }

    /// Counts under the lock of the shard in which a key lies, where nobody else counts.
    @inline(__always)
    func count(_ outcome: CountedOutcome, at key: CellKey) {
        Self.increment(base + (Int(truncatingIfNeeded: key.low &>> 58) &* Self.stride &+ outcome.place))
    }

    @inline(__always) @discardableResult
    private static func increment(_ number: UnsafeMutablePointer<Atomic<UInt64>>, by times: UInt64 = 1) -> UInt64 {
        let before = number.pointee.load(ordering: .relaxed)
        number.pointee.store(before &+ times, ordering: .relaxed)
        return before
    }

    @inline(never)
    private func countUse(
        _ row: UnsafeMutablePointer<Atomic<UInt64>>, _ verdict: Verdict, capacity: Int64, times: UInt64
    ) {
        Self.increment(row + (Self.firstUse + Self.use(remaining: verdict.remaining, of: capacity)), by: times)
    }

    /// In which part of a limit its use lies when so much remains.
    private static func use(remaining: Int64, of capacity: Int64) -> Int {
        guard capacity > 0 else { return uses - 1 }
        let used = Double(max(0, capacity - remaining)) / Double(capacity)
        return max(0, min(uses - 1, Int((used * Double(uses)).rounded(.up)) - 1))
    }

    /// Counts where no shard is locked. A counter is counted by either this or the others, never by both.
    func count(_ outcome: CountedOutcome) { place(outcome.place).pointee.add(1, ordering: .relaxed) }

    /// Counts how much of a limit is used after a decision, where no shard is locked.
    func countUse(remaining: Int64, of capacity: Int64) {
        place(Self.firstUse + Self.use(remaining: remaining, of: capacity)).pointee.add(1, ordering: .relaxed)
    }

    private func place(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        // Threads have stacks of their own: so each mostly finds a row of its own.
        var mark: UInt8 = 0
        let row = withUnsafeMutablePointer(to: &mark) { Int(bitPattern: $0) >> 16 & (Shards.count - 1) }
        return base + (row * Self.stride + number)
    }

    /// The sums over all shards, by the outcomes' places.
    var outcomes: [UInt64] { (0..<CountedOutcome.allCases.count).map(sum) }

    /// The sums over all shards of decisions after which at most so many eighths of the limit were used.
    var used: [UInt64] { (0..<Self.uses).map { sum(Self.firstUse + $0) } }

    private func sum(_ number: Int) -> UInt64 {
        (0..<Shards.count).reduce(0) { $0 &+ base[$1 * Self.stride + number].load(ordering: .relaxed) }
    }
}
