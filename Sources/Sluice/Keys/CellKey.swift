/// The 128-bit keyed hash of a policy, a rule and the values it counts by.
package struct CellKey: Hashable, Sendable {
    /// Orders the cells of a shard.
    package var high: UInt64
    /// Its top bits choose the shard.
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The shard that its cell lies in, of 64.
    @inline(__always) var shard: Int { Int(truncatingIfNeeded: low &>> 58) }

    /// One bit of `high` is always 0: a table needs a hash above all keys.
    static let highMask = ~UInt64(2)

    /// The key of the penalty that belongs to this cell.
    ///
    /// Like the keys of other rules for the same values it differs in low bits only: all of them are neighbours in
    /// the same shard, so a decision over several rules takes one lock and few cache lines.
    package var penalty: CellKey { CellKey(high: high ^ 1, low: low) }

    /// The key of a rule's cell, given the key of the values that it counts by.
    @inline(__always)
    func of(rule tag: UInt64) -> CellKey { CellKey(high: high ^ tag, low: low) }

    /// A rule's mark on the keys of its cells: 24 bits of a hash of its name, above the two lowest bits.
    static func tag(ofRule name: String) -> UInt64 {
        var name = name
        let hash = name.withUTF8 { KeyHasher(secret: (0, 0)).finish(UnsafeRawBufferPointer($0)) }
        return (hash.low & 0xff_ffff) << 2
    }
}
