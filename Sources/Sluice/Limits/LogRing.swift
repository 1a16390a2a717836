/// The timestamps of one sliding log, oldest first, in a ring of chunks.
struct LogRing {
    private var last: UInt32
    private(set) var count: Int
    private var head: Int
    /// The newest timestamp in milliseconds, however old.
    var newest: Int64
    private let period: Int64
    private let width: Int
    private let perChunk: Int

    static func entries(perChunkOf width: Int) -> Int { LogSlab.dataBytes / width }

    init(_ cell: Cell, _ limit: CompiledLimit) {
        last = UInt32(truncatingIfNeeded: cell.payload >> 23)
        count = Int(cell.payload >> 5 & 0x3ffff)
        head = Int(cell.payload & 0x1f)
        period = limit.period
        width = limit.entryBytes
        perChunk = Self.entries(perChunkOf: limit.entryBytes)
        newest = count > 0 ? (cell.expiry &- limit.period) / CompiledLimit.nanosecondsPerMillisecond : .min
    }

    func cell(_ limit: CompiledLimit) -> Cell {
        guard count > 0 else { return .empty }
        return Cell(
            expiry: (newest &* CompiledLimit.nanosecondsPerMillisecond).saturatingAdding(limit.period),
            limit: limit.id, payload: UInt64(last) << 23 | UInt64(count) << 5 | UInt64(head),
            isExhausted: Int64(count) >= limit.count)
    }

    /// How many of the oldest no longer count.
    func expired(at now: Int64, in slab: borrowing LogSlab) -> Int {
        var expired = 0
        forEach(in: slab) { time in
            guard time.saturatingAdding(period) <= now else { return false }
            expired += 1
            return true
        }
        return expired
    }

    /// The time of an entry in nanoseconds.
    func time(at index: Int, in slab: borrowing LogSlab) -> Int64 {
        var (position, result) = (0, Int64.min)
        forEach(in: slab) { time in
            if position == index { result = time }
            position += 1
            return position <= index
        }
        return result
    }

    /// Calls `body` with each time in nanoseconds, oldest first, until it returns `false`.
    func forEach(in slab: borrowing LogSlab, _ body: (Int64) -> Bool) {
        guard count > 0 else { return }
        var chunk = slab.link(of: last)
        var offset = head
        for _ in 0..<count {
            if offset == perChunk {
                offset = 0
                chunk = slab.link(of: chunk)
            }
            let entry = load(slab.data(of: chunk) + offset * width)
            let age = (UInt64(bitPattern: newest) &- entry) & mask
            let time = newest.saturatingSubtracting(Int64(age))
            guard body(time.saturatingMultiplied(by: CompiledLimit.nanosecondsPerMillisecond)) else { return }
            offset += 1
        }
    }

    mutating func append(_ slab: inout LogSlab) {
        let position = head + count
        if count == 0 {
            head = 0
            last = slab.allocate()
            slab.setLink(of: last, to: last)
        } else if position % perChunk == 0 {
            let chunk = slab.allocate()
            slab.setLink(of: chunk, to: slab.link(of: last))
            slab.setLink(of: last, to: chunk)
            last = chunk
        }
        let offset = count == 0 ? 0 : position % perChunk
        store(UInt64(bitPattern: newest) & mask, slab.data(of: last) + offset * width)
        count += 1
    }

    mutating func removeFirst(_ number: Int, _ slab: inout LogSlab) {
        if number >= count { return removeAll(&slab) }
        head += number
        count -= number
        while head >= perChunk {
            let first = slab.link(of: last)
            slab.setLink(of: last, to: slab.link(of: first))
            slab.free(first)
            head -= perChunk
        }
    }

    mutating func removeLast(_ number: Int, _ slab: inout LogSlab) {
        if number >= count { return removeAll(&slab) }
        guard number > 0 else { return }
        let newestLeft = time(at: count - number - 1, in: slab) / CompiledLimit.nanosecondsPerMillisecond
        let keep = (head + count - number - 1) / perChunk + 1
        var chunk = slab.link(of: last)
        let first = chunk
        for _ in 1..<keep { chunk = slab.link(of: chunk) }
        while chunk != last {
            let surplus = slab.link(of: chunk)
            slab.setLink(of: chunk, to: slab.link(of: surplus))
            slab.free(surplus)
            if surplus == last { last = chunk }
        }
        slab.setLink(of: last, to: first)
        count -= number
        newest = newestLeft
    }

    mutating func removeAll(_ slab: inout LogSlab) {
        guard count > 0 else { return }
        var chunk = slab.link(of: last)
        while chunk != last {
            let next = slab.link(of: chunk)
            slab.free(chunk)
            chunk = next
        }
        slab.free(last)
        (last, count, head) = (0, 0, 0)
    }

    private var mask: UInt64 { 1 << UInt64(width * 8) - 1 }

    private func load(_ source: UnsafeMutableRawPointer) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<width {
            value |= UInt64(source.load(fromByteOffset: index, as: UInt8.self)) << UInt64(index * 8)
        }
        return value
    }

    private func store(_ value: UInt64, _ target: UnsafeMutableRawPointer) {
        for index in 0..<width {
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: value >> UInt64(index * 8)), toByteOffset: index, as: UInt8.self)
        }
    }
}
