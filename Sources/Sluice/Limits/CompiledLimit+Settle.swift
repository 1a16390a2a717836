/// Charging what has happened already, allowed or not: later callers wait for it.
extension CompiledLimit {
    /// What a call of `cost` is charged; a gap counts calls, not what they cost.
    func counted(_ cost: Int64) -> Int64 {
        algorithm == .cooldown || algorithm == .debounce ? min(cost, 1) : cost
    }

    /// The state after `cost` more, even beyond the limit.
    ///
    /// A log keeps no more than its limit's number of entries, the newest: older ones could not deny anybody.
    func settled(_ cell: Cell, cost: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        switch algorithm {
        case .tokenBucket: return tokenBucketSettled(cell, cost: cost, now: now)
        case .slidingLog:
            let live = cell.isEmpty || cell.expiry <= now ? Cell.empty : cell
            let fresh = live.isEmpty && !cell.isEmpty ? freed(cell, &slab) : live
            return slidingLogSettled(fresh, cost: min(cost, count), now: now, &slab)
        case .slidingWindow:
            var counts = windowCounts(cell, now: now)
            counts.current = counts.current.saturatingAdding(cost)
            return slidingWindow(counts)
        case .fixedWindow, .quota:
            let isOpen = cell.expiry > now && !cell.isEmpty
            let used = isOpen ? Int64(truncatingIfNeeded: cell.payload) : 0
            return window(used: used.saturatingAdding(cost), until: isOpen ? cell.expiry : windowEnd(at: now))
        case .cooldown, .debounce:
            let end = now.saturatingAdding(period)
            return gap(until: cell.isEmpty ? end : max(cell.expiry, end))
        // Slots are taken and given back by leases.
        case .concurrency, .unlimited, .penalty: return cell
        }
    }

    private func freed(_ cell: Cell, _ slab: inout LogSlab) -> Cell {
        free(cell, &slab)
        return .empty
    }

    private func slidingLogSettled(_ cell: Cell, cost: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        var log = LogRing(cell, self)
        let expired = log.expired(at: now, in: slab)
        let surplus = Int(max(0, Int64(log.count - expired) + cost - count))
        log.removeFirst(expired + surplus, &slab)
        log.newest = max(log.newest, Self.milliseconds(now))
        for _ in 0..<cost { log.append(&slab) }
        return log.cell(self)
    }
}
