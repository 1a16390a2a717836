/// At most `count` leases held at once.
///
/// A cell's expiry is that of the lease that lasts longest; the payload names the leases, kept in a stack of
/// chunks: 24 bits top chunk, 18 bits count, 5 unused.
extension CompiledLimit {
    /// The most leases of one cell: each look visits all of them.
    static let concurrencyMost: Int64 = 1 << 14

    func concurrency(_ cell: Cell, cost: Int64, now: Int64, _ slab: borrowing LogSlab) -> Verdict {
        guard cell.expiry > now, !cell.isEmpty else {
            if cost > count { return .impossible(remaining: count, resetAfter: 0) }
            return Verdict(isAllowed: true, remaining: count, resetAfter: 0)
        }
        let leases = LeaseStack(cell)
        let live = leases.live(at: now, in: slab)
        let left = max(0, count &- live.count)
        let reset = cell.expiry &- now
        if cost > count { return .impossible(remaining: left, resetAfter: reset) }
        if cost > left {
            return Verdict(
                isAllowed: false, remaining: left, retryAfter: live.firstExpiry &- now, resetAfter: reset)
        }
        return Verdict(isAllowed: true, remaining: left, resetAfter: reset)
    }
}

/// The leases of one concurrency cell.
struct LeaseStack {
    private var top: UInt32
    private(set) var count: Int

    private static let leaseBytes = 16
    private static let perChunk = LogSlab.dataBytes / leaseBytes

    init(_ cell: Cell) {
        top = UInt32(truncatingIfNeeded: cell.payload >> 23)
        count = Int(cell.payload >> 5 & 0x3ffff)
    }

    func cell(_ limit: LimitID, isExhausted: (Int64) -> Bool, in slab: borrowing LogSlab) -> Cell {
        guard count > 0 else { return .empty }
        var latest = Int64.min
        forEach(in: slab) { _, expiry in latest = max(latest, expiry) }
        return Cell(
            expiry: latest, limit: limit, payload: UInt64(top) << 23 | UInt64(count) << 5,
            isExhausted: isExhausted(Int64(count)))
    }

    /// How many are held, and when the first of them expires.
    func live(at now: Int64, in slab: borrowing LogSlab) -> (count: Int64, firstExpiry: Int64) {
        var result: (count: Int64, firstExpiry: Int64) = (0, .max)
        forEach(in: slab) { _, expiry in
            guard expiry > now else { return }
            result = (result.count + 1, min(result.firstExpiry, expiry))
        }
        return result
    }

    mutating func push(_ id: UInt64, expiry: Int64, _ slab: inout LogSlab) {
        if count % Self.perChunk == 0 {
            let chunk = slab.allocate()
            slab.setLink(of: chunk, to: count == 0 ? 0 : top)
            top = chunk
        }
        write(id, expiry, at: topPlace(count + 1, slab))
        count += 1
    }

    /// Drops the leases that have expired.
    mutating func purge(at now: Int64, _ slab: inout LogSlab) {
        remove(&slab) { _, expiry in expiry <= now }
    }

    /// Drops a lease; `false` if it is not among them.
    mutating func release(_ id: UInt64, _ slab: inout LogSlab) -> Bool {
        let before = count
        remove(&slab) { lease, _ in lease == id }
        return count < before
    }

    /// Makes a lease last until `expiry`; `false` if it is not among them or was over at `now`.
    func renew(_ id: UInt64, until expiry: Int64, at now: Int64, in slab: borrowing LogSlab) -> Bool {
        var isRenewed = false
        visit(in: slab) { place in
            let lease = read(place)
            if lease.id == id, lease.expiry > now {
                write(id, max(expiry, lease.expiry), at: place)
                isRenewed = true
            }
        }
        return isRenewed
    }

    mutating func removeAll(_ slab: inout LogSlab) {
        while count > 0 { pop(&slab) }
    }

    private mutating func remove(_ slab: inout LogSlab, where matches: (UInt64, Int64) -> Bool) {
        var kept: [(UInt64, Int64)] = []
        var isAnyRemoved = false
        forEach(in: slab) { id, expiry in
            if matches(id, expiry) { isAnyRemoved = true } else { kept.append((id, expiry)) }
        }
        guard isAnyRemoved else { return }
        removeAll(&slab)
        for (id, expiry) in kept.reversed() { push(id, expiry: expiry, &slab) }
    }

    private mutating func pop(_ slab: inout LogSlab) {
        count -= 1
        if count % Self.perChunk == 0 {
            let emptied = top
            top = slab.link(of: emptied)
            slab.free(emptied)
        }
    }

    func forEach(in slab: borrowing LogSlab, _ body: (_ id: UInt64, _ expiry: Int64) -> Void) {
        visit(in: slab) { place in
            let lease = read(place)
            body(lease.id, lease.expiry)
        }
    }

    private func visit(in slab: borrowing LogSlab, _ body: (UnsafeMutableRawPointer) -> Void) {
        var chunk = top
        var left = count
        while left > 0 {
            let inChunk = (left - 1) % Self.perChunk + 1
            for index in (0..<inChunk).reversed() { body(slab.data(of: chunk) + index * Self.leaseBytes) }
            left -= inChunk
            if left > 0 { chunk = slab.link(of: chunk) }
        }
    }

    private func topPlace(_ count: Int, _ slab: borrowing LogSlab) -> UnsafeMutableRawPointer {
        slab.data(of: top) + (count - 1) % Self.perChunk * Self.leaseBytes
    }

    private func read(_ place: UnsafeMutableRawPointer) -> (id: UInt64, expiry: Int64) {
        (place.loadUnaligned(as: UInt64.self), place.loadUnaligned(fromByteOffset: 8, as: Int64.self))
    }

    private func write(_ id: UInt64, _ expiry: Int64, at place: UnsafeMutableRawPointer) {
        place.storeBytes(of: id, as: UInt64.self)
        place.storeBytes(of: expiry, toByteOffset: 8, as: Int64.self)
    }
}
