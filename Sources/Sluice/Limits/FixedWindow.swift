/// `count` in each window: windows of a period aligned to the epoch, or calendar periods of a time zone.
///
/// A cell keeps the end of the window and the count in it.
extension CompiledLimit {
    @inline(__always)
    func fixedWindow(_ cell: Cell, cost: Int64, now: Int64) -> Verdict {
        let isOpen = cell.expiry > now && !cell.isEmpty
        let used = isOpen ? Int64(truncatingIfNeeded: cell.payload) : 0
        let left = max(0, count &- used)
        let reset = used > 0 ? cell.expiry &- now : 0
        if cost > count { return .impossible(remaining: left, resetAfter: reset) }
        if cost > left, cost > 0 {
            return Verdict(isAllowed: false, remaining: left, retryAfter: cell.expiry &- now, resetAfter: reset)
        }
        if cost == 0 { return Verdict(isAllowed: true, remaining: left, resetAfter: reset) }
        let end = isOpen ? cell.expiry : windowEnd(at: now)
        return Verdict(
            isAllowed: true, remaining: left &- cost, resetAfter: end &- now,
            next: window(used: used &+ cost, until: end))
    }

    func fixedWindowRefund(_ cell: Cell, cost: Int64, now: Int64) -> Cell {
        guard cell.expiry > now else { return .empty }
        let used = Int64(truncatingIfNeeded: cell.payload) &- cost
        return used > 0 ? window(used: used, until: cell.expiry) : .empty
    }

    func window(used: Int64, until end: Int64) -> Cell {
        let most = Int64(1) << Int64(Cell.payloadBits) - 1
        return Cell(
            expiry: end, limit: id, payload: UInt64(min(used, most)), isExhausted: used >= count)
    }

    /// The end of the window that `now` is in.
    func windowEnd(at now: Int64) -> Int64 {
        if let calendar { return calendar._withUnsafeGuaranteedRef { $0.end(of: now) } }
        return (now.dividedRoundingDown(by: period) &+ 1).saturatingMultiplied(by: period)
    }
}
