extension CompiledLimit {
    /// What a limit says of a request, given the state that its key has.
    ///
    /// - Complexity: O(1), but for logs and leases: O(entries that have expired) and O(leases held).
    @inline(__always)
    static func evaluate(
        _ limit: UnsafePointer<CompiledLimit>, _ cell: Cell, cost: Int64, now: Int64,
        _ shard: UnsafeMutablePointer<Shard>
    ) -> Verdict {
        limit.pointee.algorithm == .tokenBucket
            ? limit.pointee.tokenBucket(cell, cost: cost, now: now)
            : limit.pointee.evaluateOthers(cell, cost: cost, now: now, shard.pointee.slab)
    }

    /// As `evaluate`, which the most frequent algorithm does not leave its caller for.
    @inline(never)
    func evaluateOthers(_ cell: Cell, cost: Int64, now: Int64, _ slab: borrowing LogSlab) -> Verdict {
        switch algorithm {
        case .tokenBucket: tokenBucket(cell, cost: cost, now: now)
        case .slidingLog: slidingLog(cell, cost: cost, now: now, slab)
        case .slidingWindow: slidingWindow(cell, cost: cost, now: now)
        case .fixedWindow, .quota: fixedWindow(cell, cost: cost, now: now)
        case .cooldown, .debounce: cooldown(cell, cost: cost, now: now)
        case .concurrency: concurrency(cell, cost: cost, now: now, slab)
        case .unlimited, .penalty: Verdict(isAllowed: true, remaining: .max, resetAfter: 0)
        }
    }

    /// The state after giving back `cost`.
    func refunded(_ cell: Cell, cost: Int64, now: Int64, _ slab: inout LogSlab) -> Cell {
        guard cost > 0 else { return cell }
        return switch algorithm {
        case .tokenBucket: tokenBucketRefund(cell, cost: cost, now: now)
        case .slidingLog: slidingLogRefund(cell, cost: cost, now: now, &slab)
        case .slidingWindow: slidingWindowRefund(cell, cost: cost, now: now)
        case .fixedWindow, .quota: fixedWindowRefund(cell, cost: cost, now: now)
        case .cooldown, .debounce: .empty
        // A lease is given back by releasing it.
        case .concurrency, .unlimited, .penalty: cell
        }
    }

    /// Frees what a cell keeps in the slab.
    func free(_ cell: Cell, _ slab: inout LogSlab) {
        switch algorithm {
        case .slidingLog:
            var log = LogRing(cell, self)
            log.removeAll(&slab)
        case .concurrency:
            var leases = LeaseStack(cell)
            leases.removeAll(&slab)
        default: break
        }
    }
}
