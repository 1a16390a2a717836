/// One place of a ``CellTable``: 32 bytes.
struct CellSlot {
    var key: CellKey
    var cell: Cell
}

/// A flat table of cells, open addressing, in ascending order of hash.
///
/// A key's home is `hash × size ⁄ 2⁶⁴`, so a table of another size holds the same cells in the same order. That
/// makes every change of size a walk over the table that moves each cell a little: from the top down to grow,
/// from the bottom up to shrink, some slots with each insertion. Between two steps keys at or above `frontier`
/// live by `highSize`, those below by `lowSize`; a lookup compares once and never looks twice. The walk also
/// drops what has expired. No step's length depends on the size of the table, and its load stays near ⅘, where
/// a table that doubles swings between ⅜ and ¾.
///
/// Invariants:
/// 1. The keys of non-empty slots ascend by `high`. Two that share it, once in 2⁶² pairs, may be told apart too late:
///    one of them is then a newcomer again after a walk.
/// 2. No cell lies below its home, and no slot from a cell's home to the cell is empty.
/// 3. While a walk goes down (up), cells not yet moved lie at or below (at or above) `cursor`.
///
/// The memory is reserved once for the largest size and taken from the system only as it is touched.
struct CellTable: ~Copyable {
    // What a look-up reads comes first.
    let slots: UnsafeMutablePointer<CellSlot>
    var lowSize: UInt64
    var highSize: UInt64
    var frontier: UInt64 = 0

    /// Slots reserved; the largest size and room for the run that may spill over its end.
    let reserved: Int
    /// The most cells before an insertion has to drop another one.
    let capacity: Int
    var cursor: Int
    var walk: Walk = .clean
    /// Non-empty slots.
    var occupied = 0

    enum Walk {
        /// Down, at the same size, dropping what has expired.
        case clean
        /// Down, towards a larger size.
        case grow
        /// Up, towards a smaller size.
        case shrink
    }

    static let smallestSize = 64
    /// Slots beyond the largest size, for the run that spills over its end.
    static let spill = 512

    /// - Parameter slots: zeroed memory of `reserved` slots.
    init(slots: UnsafeMutablePointer<CellSlot>, reserved: Int, capacity: Int) {
        self.slots = slots
        self.reserved = reserved
        self.capacity = capacity
        lowSize = UInt64(Self.smallestSize)
        highSize = UInt64(Self.smallestSize)
        cursor = Self.smallestSize - 1
    }

    /// The slots to reserve for `capacity` cells.
    static func reservation(for capacity: Int) -> Int {
        max(smallestSize, capacity + capacity / 3) + spill
    }

    /// The slots in use as a size, the larger one while a walk goes on.
    var size: Int { Int(max(lowSize, highSize)) }

    /// Whether a cell can come in without another one being dropped.
    @inline(__always) var hasRoom: Bool { occupied < capacity }

    /// Where a key belongs.
    @inline(__always)
    func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: hash >= frontier ? highSize : lowSize).high)
    }

    /// The slot of a key, or where it would be inserted.
    ///
    /// - Complexity: O(1) expected; about 3 neighbouring slots at a load of ⅘.
    @inline(__always)
    func find(_ key: CellKey) -> (index: Int, isFound: Bool) {
        var index = home(key.high)
        while !slots[index].cell.isEmpty, slots[index].key.high <= key.high {
            if slots[index].key == key { return (index, true) }
            index &+= 1
        }
        return (index, false)
    }

    /// As `find`, quicker if the key is still where it was.
    @inline(__always)
    func find(_ key: CellKey, lastSeenAt index: Int) -> (index: Int, isFound: Bool) {
        slots[index].key == key && !slots[index].cell.isEmpty ? (index, true) : find(key)
    }

    /// Puts a cell where `find` said that it belongs, and does a step of the walk.
    ///
    /// Cells from there to the next empty or expired slot move up by one.
    /// - Returns: What was in the expired slot that was overwritten, so that its log can be freed.
    mutating func insert(_ key: CellKey, _ cell: Cell, at index: Int, now: Int64) -> Cell {
        var end = index
        while slots[end].cell.isLive(at: now) { end &+= 1 }
        precondition(end < reserved - 1, "a table's spill is full: its hash is not random")
        let overwritten = slots[end].cell
        if overwritten.isEmpty { occupied &+= 1 }
        if end > index { (slots + index + 1).update(from: slots + index, count: end - index) }
        slots[index] = CellSlot(key: key, cell: cell)
        noteInsertion(key.high, from: index, to: end)
        return overwritten
    }

    /// Empties a slot and closes the gap.
    mutating func remove(at index: Int) {
        var hole = index
        while true {
            let next = slots + hole + 1
            guard !next.pointee.cell.isEmpty, home(next.pointee.key.high) <= hole else { break }
            slots[hole] = next.pointee
            hole &+= 1
        }
        slots[hole] = CellSlot(key: CellKey(high: 0, low: 0), cell: .empty)
        occupied &-= 1
        if walk == .shrink, index < cursor { cursor = index }
    }

    /// Keeps invariant 3 when a cell came in.
    private mutating func noteInsertion(_ hash: UInt64, from index: Int, to end: Int) {
        switch walk {
        case .clean, .grow: if hash < frontier, end > cursor { cursor = end }
        case .shrink: if hash >= frontier, index < cursor { cursor = index }
        }
    }
}
