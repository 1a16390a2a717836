/// One in each gap: cooldown and debounce, which differ in what a denial does.
///
/// A cell keeps when the next one passes. Events count, not their cost.
extension CompiledLimit {
    @inline(__always)
    func cooldown(_ cell: Cell, cost: Int64, now: Int64) -> Verdict {
        let isWaiting = cell.expiry > now && !cell.isEmpty
        let wait = isWaiting ? cell.expiry &- now : 0
        if cost == 0 { return Verdict(isAllowed: true, remaining: isWaiting ? 0 : 1, resetAfter: wait) }
        if isWaiting {
            guard extends else {
                return Verdict(isAllowed: false, remaining: 0, retryAfter: wait, resetAfter: wait)
            }
            // The repeat restarts the window: once that is written, it is the whole window that is left.
            return Verdict(
                isAllowed: false, remaining: 0, retryAfter: wait, resetAfter: wait,
                next: gap(until: now.saturatingAdding(max(wait, period))), writesDenial: true)
        }
        return Verdict(
            isAllowed: true, remaining: 0, resetAfter: period, next: gap(until: now.saturatingAdding(period)))
    }

    func gap(until end: Int64) -> Cell { Cell(expiry: end, limit: id, payload: 1, isExhausted: true) }
}
