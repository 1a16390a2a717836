extension CellTable {
    /// The load at which a table begins to grow.
    private static let fullest = (numerator: 13, denominator: 16)
    /// Slots a walk visits with each insertion: a growing walk ends before the load has risen by 1/16.
    private static let growingStep = 16
    private static let cleaningStep = 4

    /// Does the step of the walk that goes with an insertion.
    mutating func advance(now: Int64, freeing free: (Cell) -> Void) {
        if walk != .grow, lowSize == highSize, isFull { beginGrowing() }
        step(walk == .clean ? Self.cleaningStep : Self.growingStep, now: now, freeing: free)
    }

    private var isFull: Bool { occupied * Self.fullest.denominator > Int(lowSize) * Self.fullest.numerator }

    /// Visits up to `budget` slots, moving cells to where the walk's target size wants them and dropping what
    /// has expired.
    mutating func step(_ budget: Int, now: Int64, freeing free: (Cell) -> Void) {
        for _ in 0..<budget {
            if walk == .shrink {
                guard stepUp(now: now, freeing: free) else { return endWalk() }
            } else {
                guard cursor >= 0 else { return endWalk() }
                stepDown(now: now, freeing: free)
            }
        }
    }

    private mutating func stepDown(now: Int64, freeing free: (Cell) -> Void) {
        let slot = slots[cursor]
        let position = cursor
        cursor -= 1
        guard !slot.cell.isEmpty, slot.key.high < frontier else { return }
        guard slot.cell.isLive(at: now) else {
            free(slot.cell)
            return remove(at: position)
        }
        // Cells above lie by the new size already, so this one is the lowest there and belongs at its home,
        // or stays if the cells before it still fill the way from there.
        let target = Int(slot.key.high.multipliedFullWidth(by: highSize).high)
        guard target > position else {
            frontier = slot.key.high
            return
        }
        remove(at: position)
        frontier = slot.key.high
        place(slot, now: now, freeing: free)
        // Placing may have put the cell, which is done, at the cursor or below: it is skipped there.
    }

    private mutating func stepUp(now: Int64, freeing free: (Cell) -> Void) -> Bool {
        let slot = slots[cursor]
        guard !slot.cell.isEmpty else {
            cursor += 1
            return cursor < Int(highSize)
        }
        guard slot.key.high >= frontier else {
            cursor += 1
            return true
        }
        let position = cursor
        remove(at: position)
        if slot.cell.isLive(at: now) {
            frontier = slot.key.high + 1
            place(slot, now: now, freeing: free)
        } else {
            free(slot.cell)
        }
        cursor = position
        return true
    }

    private mutating func place(_ slot: CellSlot, now: Int64, freeing free: (Cell) -> Void) {
        let overwritten = insert(slot.key, slot.cell, at: find(slot.key).index, now: now)
        if !overwritten.isEmpty { free(overwritten) }
    }

    private mutating func endWalk() {
        let size = walk == .shrink ? lowSize : highSize
        let largest = Int(highSize)
        (lowSize, highSize, frontier) = (size, size, .max)
        if walk == .shrink { ReservedMemory.discard(slots, from: end, to: min(reserved, largest + Self.spill)) }
        if walk == .clean, occupied * 2 < Int(size), size > UInt64(Self.smallestSize) {
            beginShrinking()
        } else {
            walk = .clean
            cursor = end - 1
        }
    }

    private mutating func beginGrowing() {
        let size = Int(lowSize)
        let largest = reserved - Self.spill
        walk = .grow
        frontier = .max
        cursor = end - 1
        highSize = UInt64(min(largest, size + max(Self.smallestSize, size / 8)))
    }

    private mutating func beginShrinking() {
        walk = .shrink
        frontier = 0
        cursor = 0
        lowSize = UInt64(max(Self.smallestSize, occupied + occupied / 2))
    }

    /// One past the last cell: whatever spills over the size is one run without a gap.
    var end: Int {
        var end = size
        while !slots[end].cell.isEmpty { end += 1 }
        return end
    }
}
