/// Never more than `count` in any window: a timestamp for each, packed in a ring of chunks.
///
/// Times are whole milliseconds, rounded up, which can only make the limit stricter, by less than 1 ms. Every
/// entry that counts lies within one window of the newest one, so it is kept modulo the least power of 256
/// milliseconds that exceeds the window: 2 bytes up to 65 s, 3 up to 4.6 h, 4 up to 49 days, else 5.
///
/// ```
/// expiry   the newest entry + window
/// payload  24 last chunk | 18 count | 5 index of the oldest entry in the first chunk
/// ```
/// The last chunk links to the first.
extension CompiledLimit {
    /// The most entries of a log.
    static let slidingLogMost: Int64 = 1 << 18 - 1

    static let nanosecondsPerMillisecond: Int64 = 1_000_000

    static func entryBytes(for period: Int64) -> Int {
        let milliseconds = period / nanosecondsPerMillisecond + 2
        return milliseconds < 1 << 16 ? 2 : milliseconds < 1 << 24 ? 3 : milliseconds < 1 << 32 ? 4 : 5
    }

    func slidingLog(_ cell: Cell, cost: Int64, now: Int64, _ slab: borrowing LogSlab) -> Verdict {
        guard cell.expiry > now, !cell.isEmpty else { return slidingLogFresh(cost: cost, now: now) }
        let log = LogRing(cell, self)
        let live = Int64(log.count - log.expired(at: now, in: slab))
        let left = max(0, count &- live)
        let reset = cell.expiry &- now
        if cost > count { return .impossible(remaining: left, resetAfter: reset) }
        if cost > left, cost > 0 {
            // Enough of the oldest have to go.
            let last = log.count - Int(live) + Int(live &+ cost &- count) - 1
            let wait = log.time(at: last, in: slab).saturatingAdding(period) &- now
            return Verdict(isAllowed: false, remaining: left, retryAfter: wait, resetAfter: reset)
        }
        let newest = max(log.newest, Self.milliseconds(now))
        let after = cost > 0 ? newest &* Self.nanosecondsPerMillisecond &+ period &- now : reset
        return Verdict(isAllowed: true, remaining: left &- cost, resetAfter: after)
    }

    private func slidingLogFresh(cost: Int64, now: Int64) -> Verdict {
        if cost > count { return .impossible(remaining: count, resetAfter: 0) }
        let reset = Self.milliseconds(now) &* Self.nanosecondsPerMillisecond &+ period &- now
        return Verdict(isAllowed: true, remaining: count &- cost, resetAfter: cost > 0 ? reset : 0)
    }

    /// The chunks that a charge of `cost` may need: of a log, or of one lease each.
    func chunksNeeded(for cost: Int64) -> Int {
        Int(cost) / (algorithm == .slidingLog ? LogRing.entries(perChunkOf: entryBytes) : 1) + 2
    }

    /// The log without what has expired and with `cost` entries more.
    func slidingLogCharged(_ cell: Cell, cost: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        var log = LogRing(cell, self)
        if cell.expiry <= now || cell.isEmpty {
            log.removeAll(&slab)
        } else {
            log.removeFirst(log.expired(at: now, in: slab), &slab)
        }
        log.newest = max(log.newest, Self.milliseconds(now))
        for _ in 0..<cost { log.append(&slab) }
        return log.cell(self)
    }

    func slidingLogRefund(_ cell: Cell, cost: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        var log = LogRing(cell, self)
        log.removeFirst(log.expired(at: now, in: slab), &slab)
        log.removeLast(Int(min(cost, Int64(log.count))), &slab)
        return log.cell(self)
    }

    static func milliseconds(_ now: Int64) -> Int64 { now.dividedRoundingUp(by: nanosecondsPerMillisecond) }
}
