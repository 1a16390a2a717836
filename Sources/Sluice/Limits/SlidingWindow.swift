/// The count of the running window and, weighted by how much of it is still in sight, of the one before.
///
/// previous × (period − elapsed) + (current + cost) × period ≤ count × period, in integers. A cell keeps both
/// counts in 21 bits each; its expiry is the end of the window after the one in which `current` counts.
extension CompiledLimit {
    /// The most that a count can hold.
    static let slidingWindowMost: Int64 = 1 << 21 - 1

    struct WindowCounts {
        var start: Int64
        var elapsed: Int64
        var previous: Int64
        var current: Int64
    }

    func slidingWindow(_ cell: Cell, cost: Int64, now: Int64) -> Verdict {
        let counts = windowCounts(cell, now: now)
        let left = max(0, count &- counts.current &- weighted(counts))
        if cost > count { return .impossible(remaining: left, resetAfter: reset(counts)) }
        if cost > left, cost > 0 {
            // The caller's clock may be behind the cell's window; the wait counts from the caller's.
            let wait = passes(counts, cost: cost).saturatingSubtracting(now)
            return Verdict(isAllowed: false, remaining: left, retryAfter: wait, resetAfter: reset(counts))
        }
        if cost == 0 { return Verdict(isAllowed: true, remaining: left, resetAfter: reset(counts)) }
        var charged = counts
        charged.current &+= cost
        return Verdict(
            isAllowed: true, remaining: left &- cost, resetAfter: reset(charged), next: slidingWindow(charged))
    }

    func slidingWindowRefund(_ cell: Cell, cost: Int64, now: Int64) -> Cell {
        var counts = windowCounts(cell, now: now)
        let fromCurrent = min(cost, counts.current)
        counts.current &-= fromCurrent
        counts.previous = max(0, counts.previous &- (cost &- fromCurrent))
        return slidingWindow(counts)
    }

    func slidingWindow(_ counts: WindowCounts) -> Cell {
        guard counts.current > 0 || counts.previous > 0 else { return .empty }
        let current = UInt64(min(counts.current, Self.slidingWindowMost))
        let previous = UInt64(min(counts.previous, Self.slidingWindowMost))
        return Cell(
            expiry: counts.start.saturatingAdding(period.saturatingMultiplied(by: 2)), limit: id,
            payload: current << 21 | previous, isExhausted: counts.current &+ weighted(counts) >= count)
    }

    func windowCounts(_ cell: Cell, now: Int64) -> WindowCounts {
        let start = now.dividedRoundingDown(by: period) &* period
        var counts = WindowCounts(start: start, elapsed: now &- start, previous: 0, current: 0)
        guard !cell.isEmpty, cell.expiry > now else { return counts }
        let current = Int64(cell.payload >> 21)
        let cellStart = cell.expiry &- 2 &* period
        if cellStart == start {
            counts.previous = Int64(cell.payload & UInt64(Self.slidingWindowMost))
            counts.current = current
        } else if cellStart < start {
            counts.previous = current
        } else {
            // The clock went back: time stands still at the start of the cell's window.
            counts = WindowCounts(
                start: cellStart, elapsed: 0, previous: Int64(cell.payload & UInt64(Self.slidingWindowMost)),
                current: current)
        }
        return counts
    }

    /// What the previous window still weighs, rounded up.
    private func weighted(_ counts: WindowCounts) -> Int64 {
        guard counts.previous > 0 else { return 0 }
        return Self.multiply(counts.previous, period &- counts.elapsed, dividedRoundingUpBy: period)
    }

    /// The earliest moment at which `cost` passes if nothing else is charged.
    private func passes(_ counts: WindowCounts, cost: Int64) -> Int64 {
        let room = count &- counts.current &- cost
        if room >= 0, counts.previous > 0 {
            let visible = Self.multiply(room, period, dividedBy: counts.previous)
            if visible > 0 { return counts.start &+ max(0, period &- visible) }
        }
        // Not in this window. In the next one its count is the previous one, and there is no other.
        let next = counts.start.saturatingAdding(period)
        guard counts.current > 0 else { return next }
        let visible = Self.multiply(count &- cost, period, dividedBy: counts.current)
        return next.saturatingAdding(max(0, period &- visible))
    }

    private func reset(_ counts: WindowCounts) -> Int64 {
        if counts.current > 0 { return 2 &* period &- counts.elapsed }
        return counts.previous > 0 ? period &- counts.elapsed : 0
    }

    private static func multiply(_ a: Int64, _ b: Int64, dividedBy c: Int64) -> Int64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? Int64(clamping: Int128(a) * Int128(b) / Int128(c)) : product / c
    }

    private static func multiply(_ a: Int64, _ b: Int64, dividedRoundingUpBy c: Int64) -> Int64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        guard overflow else { return product.dividedRoundingUp(by: c) }
        return Int64(clamping: (Int128(a) * Int128(b) + Int128(c) - 1) / Int128(c))
    }
}
