/// What a ``CallerTable`` keeps for a caller: raw memory of a fixed size, freed by hand.
protocol CallerRecord {
    /// How much the caller matters where not all can be kept.
    var weight: Int64 { get }
    /// Frees what the record holds beyond its own bytes.
    func free()
}

/// Records of callers by a 64-bit hash, in bounded memory.
///
/// Up to ``capacity`` callers are all kept and everything told of them is exact. Beyond, the table keeps
/// - a sample: the callers whose hash begins with ``level`` zero bits. A caller who is in the sample has been in
///   it from his first request on, so his record is exact, and the sample is uniform over callers however much
///   each of them sent (the adaptive sampling of Wegman, analysed by Flajolet, "On adaptive sampling", 1990);
/// - if asked to, the heaviest of the others. One who was dropped and comes back starts anew, so his weight may
///   be told too low by at most ``weightError``.
///
/// Open addressing with linear probing; a key of 0 marks an empty slot.
final class CallerTable<Record: CallerRecord> {
    let capacity: Int
    /// How many callers outside of the sample are kept when the table is thinned out.
    let heaviestKept: Int
    /// The sample holds one in 2^level callers; 0 while everybody is kept.
    private(set) var level = 0
    /// By how much the weight of a caller outside of the sample may be told too low.
    private(set) var weightError: Int64 = 0
    private(set) var count = 0

    private var keys: UnsafeMutablePointer<UInt64>
    private var records: UnsafeMutablePointer<Record>
    private var mask: Int

    init(capacity: Int, heaviestKept: Int = 0) {
        precondition(capacity >= 4 && heaviestKept <= capacity / 4)
        self.capacity = capacity
        self.heaviestKept = heaviestKept
        (keys, records) = Self.allocate(16)
        mask = 15
    }

    deinit {
        forEach { _, record in record.pointee.free() }
        keys.deallocate()
        records.deallocate()
    }

    /// Whether every caller is kept.
    var isExact: Bool { level == 0 && weightError == 0 }

    /// How many callers there are for each one in the sample.
    var scale: Int { 1 << level }

    /// Whether the caller is in the sample.
    @inline(__always)
    func isSampled(_ key: UInt64) -> Bool { key.leadingZeroBitCount >= level }

    /// The record of a caller, made by `fresh` for a new one; `nil` if the caller is not kept.
    ///
    /// The pointer is good until the next call.
    @inline(__always)
    func record(of hash: UInt64, fresh: () -> Record) -> UnsafeMutablePointer<Record>? {
        let key = hash == 0 ? 1 : hash
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return records + slot }
            slot = (slot + 1) & mask
        }
        return insert(key, fresh)
    }

    /// The record of a caller, if it is kept.
    func existingRecord(of hash: UInt64) -> UnsafeMutablePointer<Record>? {
        let key = hash == 0 ? 1 : hash
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return records + slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    func forEach(_ body: (UInt64, UnsafeMutablePointer<Record>) -> Void) {
        for slot in 0...mask where keys[slot] != 0 { body(keys[slot], records + slot) }
    }

    @inline(never)
    private func insert(_ key: UInt64, _ fresh: () -> Record) -> UnsafeMutablePointer<Record>? {
        guard heaviestKept > 0 || isSampled(key) else { return nil }
        if count == capacity {
            thinOut()
            guard heaviestKept > 0 || isSampled(key) else { return nil }
        }
        if (count + 1) * 8 > (mask + 1) * 5 { rebuild(slots: (mask + 1) * 2) { _, _ in true } }
        let slot = emptySlot(for: key)
        keys[slot] = key
        (records + slot).initialize(to: fresh())
        count += 1
        return records + slot
    }

    /// Makes room for at least a quarter of the capacity.
    private func thinOut() {
        while sampleCount() > capacity / 2 { level += 1 }
        let threshold = weightThreshold()
        rebuild(slots: mask + 1) { [self] key, record in isSampled(key) || record.pointee.weight > threshold }
        if heaviestKept > 0 { weightError += max(0, threshold) }
    }

    private func sampleCount() -> Int {
        var sampled = 0
        forEach { key, _ in if isSampled(key) { sampled += 1 } }
        return sampled
    }

    /// The weight that at most `heaviestKept` callers outside of the sample exceed.
    private func weightThreshold() -> Int64 {
        var weights: [Int64] = []
        forEach { key, record in if !isSampled(key) { weights.append(record.pointee.weight) } }
        guard heaviestKept > 0 else { return .max }
        guard weights.count > heaviestKept else { return -1 }
        weights.sort(by: >)
        return weights[heaviestKept]
    }

    private func rebuild(slots: Int, keeping keeps: (UInt64, UnsafeMutablePointer<Record>) -> Bool) {
        let (oldKeys, oldRecords, oldMask) = (keys, records, mask)
        (keys, records) = Self.allocate(slots)
        mask = slots - 1
        count = 0
        for old in 0...oldMask where oldKeys[old] != 0 {
            guard keeps(oldKeys[old], oldRecords + old) else {
                oldRecords[old].free()
                continue
            }
            let slot = emptySlot(for: oldKeys[old])
            keys[slot] = oldKeys[old]
            (records + slot).moveInitialize(from: oldRecords + old, count: 1)
            count += 1
        }
        oldKeys.deallocate()
        oldRecords.deallocate()
    }

    private func emptySlot(for key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 { slot = (slot + 1) & mask }
        return slot
    }

    private static func allocate(_ slots: Int) -> (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<Record>) {
        let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: slots)
        keys.initialize(repeating: 0, count: slots)
        return (keys, .allocate(capacity: slots))
    }
}
