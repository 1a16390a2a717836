internal import Synchronization

/// Writing and reading a store. A shard is locked for some thousand cells at a time: its cells ascend by hash, so
/// the next look goes on after the last key.
extension MemoryStore {
    private static let cellsAtATime = 4_096

    /// What a snapshot says of one cell: logs and leases as numbers, since chunks have no meaning elsewhere.
    struct SavedCell {
        var key: CellKey
        var cell: Cell
        var numbers: [Int64] = []
    }

    func writeSnapshot(to path: String, now: Int64) throws(SluiceError) {
        var file = try SnapshotFile(replacing: path)
        try file.append(SnapshotFile.magic)
        var writer = ByteWriter()
        let secret = secret.withLock { $0 }
        writer.write(secret.0)
        writer.write(secret.1)
        try file.append(writer.bytes)
        for index in 0..<Self.shardCount {
            var next: UInt64? = 0
            while let first = next {
                let cells: [SavedCell]
                (cells, next) = savedCells(of: index, from: first, now: now)
                writer.removeAll()
                writer.write(UInt32(cells.count))
                for cell in cells { cell.write(to: &writer) }
                try file.append(writer.bytes)
            }
        }
        // Limits last: by now all that the cells refer to are known.
        writer.removeAll()
        writer.write(UInt32.max)
        let entries = registry.entries
        writer.write(UInt32(entries.count))
        for entry in entries { entry.write(to: &writer) }
        try file.append(writer.bytes)
        try file.commit()
    }

    private func savedCells(of index: Int, from first: UInt64, now: Int64) -> (cells: [SavedCell], next: UInt64?) {
        let shard = shards[index]
        shard.lock()
        defer { shard.unlock() }
        var cells: [SavedCell] = []
        var position = shard.pointee.table.home(first)
        let end = shard.pointee.table.end
        while position < end {
            let slot = shard.pointee.table.slots[position]
            position += 1
            guard slot.cell.isLive(at: now), slot.key.high >= first else { continue }
            // Cells of one hash stay together, so that the next look can begin at the next hash.
            if cells.count >= Self.cellsAtATime, slot.key.high != cells.last?.key.high { return (cells, slot.key.high) }
            cells.append(SavedCell(slot.key, slot.cell, registry, shard.pointee.slab))
        }
        return (cells, nil)
    }

    /// Fills an empty store.
    func restoreSnapshot(from path: String, now: Int64) throws(SluiceError) {
        let pieces = try SnapshotFile.pieces(of: path)
        guard pieces.count >= 3, var limits = pieces.last.map(ByteReader.init) else { throw .notRead(path) }
        var head = ByteReader(pieces[1])
        guard let first: UInt64 = head.read(), let second: UInt64 = head.read(), limits.read() == UInt32.max,
            let count: UInt32 = limits.read()
        else { throw .notRead(path) }
        var ids: [LimitID] = [.none, .throttle]
        for _ in 0..<count {
            guard let entry = LimitRegistry.Entry(&limits) else { throw .notRead(path) }
            ids.append(try registry.register(entry, called: "snapshot '\(path)'"))
        }
        var cells: [SavedCell] = []
        for piece in pieces[2..<(pieces.count - 1)] {
            var reader = ByteReader(piece)
            guard let count: UInt32 = reader.read() else { throw .notRead(path) }
            for _ in 0..<count {
                guard let cell = SavedCell(&reader, ids) else { throw .notRead(path) }
                cells.append(cell)
            }
        }
        ShardSet.all.lock(shards)
        defer { ShardSet.all.unlock(shards) }
        guard (0..<Self.shardCount).allSatisfy({ shards[$0].pointee.table.occupied == 0 }) else {
            throw SluiceError(.snapshot, "a snapshot is restored into a fresh store only; restore before deciding")
        }
        secret.withLock { $0 = (first, second) }
        for cell in cells where cell.cell.isLive(at: now) { insert(cell, now: now) }
    }

    private func insert(_ saved: SavedCell, now: Int64) {
        let shard = shards.shard(of: saved.key)
        var place = shard.pointee.table.find(saved.key)
        if shard.pointee.table.occupied >= shard.pointee.table.capacity {
            guard shard.pointee.makeRoom(near: place.index, now: now, shards) == nil else { return }
            place = shard.pointee.table.find(saved.key)
        }
        guard let cell = saved.rebuilt(registry, &shard.pointee.slab) else { return }
        shard.pointee.write(cell, for: saved.key, at: place, now: now, shards)
    }
}

extension MemoryStore.SavedCell {
    init(_ key: CellKey, _ cell: Cell, _ registry: LimitRegistry, _ slab: borrowing LogSlab) {
        self.init(key: key, cell: cell)
        guard cell.limit != .throttle else { return }
        let limit = registry.limit(cell.limit).pointee
        switch limit.algorithm {
        case .slidingLog:
            LogRing(cell, limit).forEach(in: slab) { time in
                numbers.append(time)
                return true
            }
        case .concurrency:
            LeaseStack(cell).forEach(in: slab) { id, expiry in numbers += [Int64(bitPattern: id), expiry] }
        default: break
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.write(key.high)
        writer.write(key.low)
        writer.write(cell.expiry)
        writer.write(cell.limit.rawValue)
        writer.write(UInt8(cell.isExhausted ? 1 : 0))
        writer.write(cell.payload)
        writer.write(UInt32(numbers.count))
        for number in numbers { writer.write(number) }
    }

    init?(_ reader: inout ByteReader, _ ids: [LimitID]) {
        guard let high: UInt64 = reader.read(), let low: UInt64 = reader.read(), let expiry: Int64 = reader.read(),
            let limit: UInt16 = reader.read(), Int(limit) < ids.count, limit > 0,
            let isExhausted: UInt8 = reader.read(), let payload: UInt64 = reader.read(),
            payload < 1 << Cell.payloadBits, let count: UInt32 = reader.read()
        else { return nil }
        key = CellKey(high: high & CellKey.highMask, low: low)
        cell = Cell(expiry: expiry, limit: ids[Int(limit)], payload: payload, isExhausted: isExhausted == 1)
        for _ in 0..<count {
            guard let number: Int64 = reader.read() else { return nil }
            numbers.append(number)
        }
    }

    /// The cell with its logs or leases in this store's chunks; `nil` if there is no room for them.
    func rebuilt(_ registry: LimitRegistry, _ slab: inout LogSlab) -> Cell? {
        guard cell.limit != .throttle else { return cell }
        let limit = registry.limit(cell.limit).pointee
        guard !limit.usesSlab || slab.available > numbers.count / 2 + 2 else { return nil }
        switch limit.algorithm {
        case .slidingLog:
            var log = LogRing(.empty, limit)
            for time in numbers {
                log.newest = max(log.newest, time / CompiledLimit.nanosecondsPerMillisecond)
                log.append(&slab)
            }
            return log.cell(limit)
        case .concurrency:
            var leases = LeaseStack(.empty)
            for pair in stride(from: 0, to: numbers.count - 1, by: 2) {
                leases.push(UInt64(bitPattern: numbers[pair]), expiry: numbers[pair + 1], &slab)
            }
            return leases.cell(limit.id, isExhausted: { $0 >= limit.count }, in: slab)
        default: return cell
        }
    }
}

extension SluiceError {
    static func notRead(_ path: String) -> SluiceError {
        SluiceError(.snapshot, "snapshot '\(path)' cannot be understood; move it away to start empty")
    }
}
