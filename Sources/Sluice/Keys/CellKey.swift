/// The 128-bit keyed hash of a policy, a rule and the values it counts by.
struct CellKey: Hashable, Sendable {
    /// Orders the cells of a shard.
    var high: UInt64
    /// Its top bits choose the shard.
    var low: UInt64

    /// One bit of `high` is always 0: a table needs a hash above all keys.
    static let highMask = ~UInt64(2)

    /// The key of the penalty that belongs to this cell: a neighbour in the same shard, so that both lie in
    /// one or two cache lines under one lock.
    var penalty: CellKey { CellKey(high: high ^ 1, low: low) }
}
