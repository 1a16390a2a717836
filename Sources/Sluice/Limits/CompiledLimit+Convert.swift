/// Changing a limit's numbers keeps what was used (law 8): a cell written under the old limit is read by the old
/// limit and written again under this one.
extension CompiledLimit {
    func converted(_ cell: Cell, from old: CompiledLimit, now: Int64, _ slab: inout LogSlab) -> Cell {
        // At the very end of its window only a token bucket may still say something: a fraction of a nanosecond.
        guard cell.expiry > now || (cell.expiry == now && old.algorithm == .tokenBucket) else {
            old.free(cell, &slab)
            return .empty
        }
        switch (old.algorithm, algorithm) {
        case (.tokenBucket, .tokenBucket):
            let used = old.tokensUsed(cell, now: now)
            return tokenBucket(
                used: used.whole, rest: used.rest, scale: UInt128(old.period), now: now)
        case (.slidingLog, .slidingLog): return convertedLog(cell, from: old, now: now, &slab)
        case (.fixedWindow, .fixedWindow), (.quota, .quota):
            let end = old.period == period && old.calendar?.toOpaque() == calendar?.toOpaque()
            return window(used: Int64(cell.payload), until: end ? cell.expiry : windowEnd(at: now))
        case (.slidingWindow, .slidingWindow) where old.period == period:
            return slidingWindow(old.windowCounts(cell, now: now))
        case (.cooldown, .cooldown), (.cooldown, .debounce), (.debounce, .cooldown), (.debounce, .debounce):
            let last = cell.expiry &- old.period
            return gap(until: last.saturatingAdding(period))
        case (.concurrency, .concurrency): return cell.with(limit: id)
        case (.penalty, .penalty): return convertedPenalty(cell, from: old, now: now)
        default:
            let used = old.capacity.saturatingSubtracting(
                old.evaluateOthers(cell, cost: 0, now: now, slab).remaining)
            old.free(cell, &slab)
            return charged(used: used, now: now, &slab)
        }
    }

    /// The state of a fresh cell after `used` units, charged now.
    private func charged(used: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        guard used > 0 else { return .empty }
        switch algorithm {
        case .tokenBucket: return tokenBucket(used: used, now: now)
        case .slidingLog:
            let cost = min(used, count)
            guard slab.available >= chunksNeeded(for: cost) else { return .empty }
            return slidingLogCharged(.empty, cost: cost, now: now, &slab)
        case .slidingWindow:
            var counts = windowCounts(.empty, now: now)
            counts.current = used
            return slidingWindow(counts)
        case .fixedWindow, .quota: return window(used: used, until: windowEnd(at: now))
        case .cooldown, .debounce: return gap(until: now.saturatingAdding(period))
        case .concurrency, .unlimited, .penalty: return .empty
        }
    }

    private func convertedLog(_ cell: Cell, from old: CompiledLimit, now: Int64, _ slab: inout LogSlab) -> Cell {
        var times: [Int64] = []
        var before = LogRing(cell, old)
        before.forEach(in: slab) { time in
            times.append(time)
            return true
        }
        before.removeAll(&slab)
        var log = LogRing(.empty, self)
        for time in times where time.saturatingAdding(period) > now {
            log.newest = max(log.newest, time / Self.nanosecondsPerMillisecond)
            guard slab.available > 1 else { break }
            log.append(&slab)
        }
        return log.cell(self)
    }
}
