internal import Sluice
internal import Synchronization

/// Entries under 128-bit keys in memory of a fixed size: 64 shards of sets of eight places, each shard under a lock
/// that lies before it.
///
/// A key has one set and may lie in any place of it. A set begins with the low words of its keys side by side, so
/// that looking a key up reads one cache line of eight marks and then the entry itself. Entries are plain values
/// without references: nothing is allocated, retained or released after `init`.
///
/// Whoever owns one keeps it until its last call has returned, and then deallocates it.
///
/// Sendable: the memory of a shard is only touched under its lock; everything else never changes.
struct KeyedSets<Entry: Sendable>: @unchecked Sendable {
    /// A key and what is kept under it.
    struct Slot {
        var key: CellKey
        var entry: Entry
    }

    /// The places of one set, under the lock of its shard.
    struct Places {
        /// The low word of each key; 0 where nothing is.
        fileprivate let marks: UnsafeMutablePointer<UInt64>
        fileprivate let slots: UnsafeMutablePointer<Slot>

        /// The entry of a key, if it is there.
        @inline(__always)
        func find(_ key: CellKey) -> UnsafeMutablePointer<Entry>? {
            let mark = Places.mark(of: key)
            for place in 0..<KeyedSets<Never>.placesPerSet where marks[place] == mark {
                let slot = slots + place
                if slot.pointee.key.high == key.high, slot.pointee.key.low == key.low { return entry(at: place) }
            }
            return nil
        }

        /// A place where nothing is.
        func firstFree() -> Int? {
            (0..<KeyedSets<Never>.placesPerSet).first { marks[$0] == 0 }
        }

        /// Whether something is there.
        func isTaken(_ place: Int) -> Bool { marks[place] != 0 }

        /// Whose entry is there.
        func key(at place: Int) -> CellKey { slots[place].key }

        @inline(__always)
        func entry(at place: Int) -> UnsafeMutablePointer<Entry> {
            (UnsafeMutableRawPointer(slots + place) + MemoryLayout<CellKey>.stride).assumingMemoryBound(to: Entry.self)
        }

        /// Puts an entry into a place, over whatever was there.
        func write(_ entry: Entry, under key: CellKey, at place: Int) {
            marks[place] = Places.mark(of: key)
            (slots + place).initialize(to: Slot(key: key, entry: entry))
        }

        func clear(_ place: Int) { marks[place] = 0 }

        /// Forgets a key.
        func remove(_ key: CellKey) {
            for place in 0..<KeyedSets<Never>.placesPerSet
            where marks[place] == Places.mark(of: key) && slots[place].key == key {
                marks[place] = 0
            }
        }

        @inline(__always)
        private static func mark(of key: CellKey) -> UInt64 { key.low == 0 ? 1 : key.low }
    }

    /// How many entries fit.
    let capacity: Int
    private let base: UnsafeMutableRawPointer
    private let setsPerShard: Int
    private let setShift: UInt64

    private static var shardCount: Int { 64 }
    /// As many as one cache line holds marks.
    static var placesPerSet: Int { 8 }
    /// The lock has a cache line of its own: whoever waits for it does not disturb who works behind it.
    private static var lockBytes: Int { 64 }
    private static var markBytes: Int { placesPerSet * MemoryLayout<UInt64>.size }
    private static var setBytes: Int {
        (markBytes + placesPerSet * MemoryLayout<Slot>.stride + lockBytes - 1) / lockBytes * lockBytes
    }
    private var shardBytes: Int { Self.lockBytes + setsPerShard * Self.setBytes }

    /// Room for `capacity` entries at least.
    init(holding capacity: Int) {
        precondition(capacity >= 1 && capacity <= 1 << 30, "the capacity must be between 1 and 2^30")
        precondition(MemoryLayout<Mutex<Void>>.size <= Self.lockBytes)
        // Then an entry lies right behind its key.
        precondition(MemoryLayout<Entry>.alignment <= MemoryLayout<CellKey>.stride)
        let sets = (capacity + Self.shardCount * Self.placesPerSet - 1) / (Self.shardCount * Self.placesPerSet)
        let bits = Int.bitWidth - (sets - 1).leadingZeroBitCount
        setsPerShard = 1 << bits
        setShift = UInt64(64 - bits)
        self.capacity = Self.shardCount * Self.placesPerSet << bits
        let byteCount = Self.shardCount * (Self.lockBytes + setsPerShard * Self.setBytes)
        base = .allocate(byteCount: byteCount, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        for shard in 0..<Self.shardCount { lock(of: shard).initialize(to: Mutex(())) }
    }

    func deallocate() {
        for shard in 0..<Self.shardCount { lock(of: shard).deinitialize(count: 1) }
        base.deallocate()
    }

    /// Works on the set of a key under its lock.
    @inline(__always)
    func withPlaces<Result>(of key: CellKey, _ body: (Places) -> Result) -> Result {
        let shard = Int(truncatingIfNeeded: key.low &>> 58)
        // Keys of one caller's rules agree in their high bits, so those are spread first. Source of the factor:
        // Knuth, TAOCP volume 3, section 6.4, 2^64 divided by the golden ratio.
        let spread = key.high &* 0x9e37_79b9_7f4a_7c15
        let set = setsPerShard == 1 ? 0 : Int(truncatingIfNeeded: spread &>> setShift)
        let lock = lock(of: shard)
        lock.pointee._unsafeLock()
        defer { lock.pointee._unsafeUnlock() }
        return body(places(shard, set))
    }

    /// Works on every set, each under its lock, shard by shard.
    func forEachSet(_ body: (Places) -> Void) {
        for shard in 0..<Self.shardCount {
            let lock = lock(of: shard)
            lock.pointee._unsafeLock()
            defer { lock.pointee._unsafeUnlock() }
            for set in 0..<setsPerShard { body(places(shard, set)) }
        }
    }

    @inline(__always)
    private func lock(of shard: Int) -> UnsafeMutablePointer<Mutex<Void>> {
        (base + shard &* shardBytes).assumingMemoryBound(to: Mutex<Void>.self)
    }

    @inline(__always)
    private func places(_ shard: Int, _ set: Int) -> Places {
        let marks = base + (shard &* shardBytes &+ Self.lockBytes &+ set &* Self.setBytes)
        return Places(
            marks: marks.assumingMemoryBound(to: UInt64.self),
            slots: (marks + Self.markBytes).assumingMemoryBound(to: Slot.self))
    }
}

extension KeyedSets.Places {
    /// Every place of the set.
    static var all: Range<Int> { 0..<KeyedSets<Never>.placesPerSet }
}
