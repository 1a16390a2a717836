internal import Synchronization

/// A part of the store, behind a lock that lies just before it: whoever waits for the lock must not touch the shard,
/// of which the lock can therefore be no part.
struct Shard: ~Copyable {
    /// With what a look-up reads it fills a cache line.
    var tally = ShardTally()
    var table: CellTable
    var slab: LogSlab
    /// Chunks that charges of the running decision will take.
    var pendingChunks = 0

    /// Bytes from one shard to the next, so many that two of them never share a cache line.
    static let stride = 128
    /// Bytes from the lock to its shard.
    static let lockBytes = 8

    /// Writes a cell, inserting it if its key is not there, and does a step of the table's walk.
    mutating func write(
        _ cell: Cell, for key: CellKey, at place: (index: Int, isFound: Bool), now: Int64, _ shards: Shards
    ) {
        if place.isFound {
            table.slots[place.index].cell = cell
            return
        }
        let overwritten = table.insert(key, cell, at: place.index, now: now)
        if !overwritten.isEmpty { free(overwritten, shards) }
        advance(now: now, shards)
    }

    /// Forgets a key.
    mutating func remove(_ key: CellKey, _ shards: Shards) {
        let place = table.find(key)
        guard place.isFound else { return }
        free(table.slots[place.index].cell, shards)
        table.remove(at: place.index)
    }

    mutating func advance(now: Int64, _ shards: Shards) {
        table.advance(now: now) { cell in shards.free(cell, &slab) }
    }

    /// Visits `budget` slots of the table's walk.
    mutating func sweep(_ budget: Int, now: Int64, _ shards: Shards) {
        table.step(budget, now: now) { cell in shards.free(cell, &slab) }
    }

    mutating func free(_ cell: Cell, _ shards: Shards) { shards.free(cell, &slab) }

    /// How many neighbours a full table looks at for one to drop.
    private static let neighbours = 32

    /// Makes room for a key in a full table: drops an expired neighbour, or else the one with the least debt who
    /// is not being limited. Debt is the time until the cell is as good as absent.
    /// - Returns: `nil` if there is room now, else when the first of the neighbours expires.
    mutating func makeRoom(near index: Int, now: Int64, _ shards: Shards) -> Int64? {
        var (victim, firstExpiry) = leastDebt(
            among: max(0, index - Self.neighbours)..<(index + Self.neighbours), now: now)
        // In a small store everybody may lie elsewhere.
        if firstExpiry == .max {
            (victim, firstExpiry) = leastDebt(among: 0..<(table.size + Self.neighbours), now: now)
        }
        guard let victim else {
            shards.watch._withUnsafeGuaranteedRef { $0.noteRefused() }
            return firstExpiry
        }
        if table.slots[victim].cell.isLive(at: now) { shards.watch._withUnsafeGuaranteedRef { $0.noteDropped() } }
        free(table.slots[victim].cell, shards)
        table.remove(at: victim)
        return nil
    }

    /// The place of an expired cell, or else of the one that soonest owes nothing among those who are not being
    /// limited; and when the first cell that was seen expires.
    private func leastDebt(among places: Range<Int>, now: Int64) -> (victim: Int?, firstExpiry: Int64) {
        var victim: Int?
        var (firstExpiry, leastDebt) = (Int64.max, Int64.max)
        for place in places {
            let cell = table.slots[place].cell
            guard !cell.isEmpty else { continue }
            firstExpiry = min(firstExpiry, cell.expiry)
            guard cell.isLive(at: now) else { return (place, firstExpiry) }
            if !cell.isExhausted, cell.expiry < leastDebt { (victim, leastDebt) = (place, cell.expiry) }
        }
        return (victim, firstExpiry)
    }
}

extension UnsafeMutablePointer<Shard> {
    /// The lock of this shard.
    @inline(__always)
    private var mutex: UnsafeMutablePointer<Mutex<Void>> {
        (UnsafeMutableRawPointer(self) - Shard.lockBytes).assumingMemoryBound(to: Mutex<Void>.self)
    }

    func initializeLock() { mutex.initialize(to: Mutex(())) }
    func deinitializeLock() { mutex.deinitialize(count: 1) }

    @inline(__always)
    func lock() { mutex.pointee._unsafeLock() }

    @inline(__always)
    func unlock() { mutex.pointee._unsafeUnlock() }
}
