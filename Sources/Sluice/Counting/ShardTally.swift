/// What a shard has counted of the rule that it decided last: it lies with the shard's lock, so that counting touches
/// no memory that a decision has not touched already.
///
/// It holds the low digits of the rule's own numbers, and writes them there now and then: when another rule follows,
/// when a use is looked at, and when somebody reads.
struct ShardTally {
    /// How much of a limit is used.
    struct Use {
        var remaining: Int64
        var capacity: Int64
    }

    private var counter: RuleCounter?
    private var allowed: UInt32 = 0
    private var denied: UInt16 = 0
    /// Allowed decisions until one is looked at for its use, that one included.
    private var looksIn: UInt8 = 0

    /// Of so many decisions one is looked at for its use, and counts for all of them; each of the first is.
    private static let useSample: UInt32 = 16
    /// Denials between two times that they are written: before their digits come round.
    private static let deniedAtOnce: UInt16 = 0x8000

    /// Counts a decision of a rule, and now and then how much of its limit is used.
    @inline(__always)
    mutating func count(
        _ verdict: Verdict, _ counter: RuleCounter, of limit: UnsafePointer<CompiledLimit>, at key: CellKey
    ) {
        if verdict.isAllowed {
            countAllowed(counter, Use(remaining: verdict.remaining, capacity: limit.pointee.capacity), at: key)
        } else {
            countDenied(counter, isImpossible: verdict.reason == .impossible, at: key)
        }
    }

    /// Counts what passed.
    /// - Parameter use: `nil` where it is not told.
    @inline(__always)
    mutating func countAllowed(_ counter: RuleCounter, _ use: @autoclosure () -> Use?, at key: CellKey) {
        if counter != self.counter { take(counter, key.shard) }
        allowed &+= 1
        looksIn &-= 1
        if looksIn == 0 { look(at: use(), key.shard) }
    }

    /// Counts what did not pass.
    @inline(__always)
    mutating func countDenied(_ counter: RuleCounter, isImpossible: Bool, at key: CellKey) {
        if isImpossible {
            counter.row(key.shard)[.impossible] &+= 1
            return
        }
        if counter != self.counter { take(counter, key.shard) }
        denied &+= 1
        if denied & (Self.deniedAtOnce - 1) == 0 { settle(key.shard) }
    }

    /// Counts how much of a limit is used after the decision that was counted last.
    @inline(never)
    private mutating func look(at use: Use?, _ shard: Int) {
        settle(shard)
        if let use {
            let times = allowed <= Self.useSample ? 1 : Self.useSample
            counter?.row(shard).countUse(remaining: use.remaining, of: use.capacity, times: UInt64(times))
        }
        awaitLook()
    }

    @inline(never)
    private mutating func take(_ counter: RuleCounter, _ shard: Int) {
        settle(shard)
        self.counter = counter
        let row = counter.row(shard)
        allowed = UInt32(truncatingIfNeeded: row[.allowed])
        denied = UInt16(truncatingIfNeeded: row[.denied])
        awaitLook()
    }

    private mutating func awaitLook() {
        let since = allowed & (Self.useSample - 1)
        looksIn = allowed < Self.useSample || since == 0 ? 1 : UInt8(Self.useSample + 1 - since)
    }

    /// Writes what is counted here into the rule's own numbers.
    func settle(_ shard: Int) {
        guard let row = counter?.row(shard) else { return }
        row[.allowed] &+= UInt64(allowed &- UInt32(truncatingIfNeeded: row[.allowed]))
        row[.denied] &+= UInt64(denied &- UInt16(truncatingIfNeeded: row[.denied]))
    }
}
