/// Correcting what was charged by what it really came to.
extension Shards {
    /// Makes every rule that applies stand as if the call had been charged `actual` instead of `estimate`.
    /// - Returns: `false`, and nothing is changed, if the store is full of callers who are being limited.
    func settle(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, estimate: Int64, actual: Int64, now: Int64
    ) -> Bool {
        // What a list decided was never charged.
        if policy.hasLists, policy.listed(values) != nil { return true }
        return withCharges(policy, values, cost: actual) { charges in
            for index in charges.indices { charges[index].correct(estimate: estimate, actual: actual) }
            defer { for charge in charges { shard(of: charge.key).pointee.pendingChunks = 0 } }
            if actual <= estimate {
                for index in charges.indices { giveBack(charges.baseAddress! + index, now: now) }
                return true
            }
            guard hasRoom(for: charges, now: now) else { return false }
            for index in charges.indices { chargeBeyond(charges.baseAddress! + index, now: now) }
            return true
        }
    }

    private func hasRoom(for charges: UnsafeMutableBufferPointer<Charge>, now: Int64) -> Bool {
        for index in charges.indices where charges[index].cost > 0 {
            let charge = charges.baseAddress! + index
            charge.pointee.verdict = Verdict(isAllowed: true, remaining: 0, resetAfter: 0)
            shrinkLimit(of: charge, now: now)
            // A log takes no more entries than its limit counts.
            if charge.pointee.limit.pointee.algorithm == .slidingLog {
                charge.pointee.cost = min(charge.pointee.cost, charge.pointee.limit.pointee.count)
            }
            if charge.pointee.limit.pointee.algorithm == .concurrency { continue }
            reserveRoom(for: charge, shard(of: charge.pointee.key), now: now)
            guard charge.pointee.verdict.isAllowed else { return false }
        }
        return true
    }

    private func chargeBeyond(_ charge: UnsafeMutablePointer<Charge>, now: Int64) {
        guard charge.pointee.cost > 0 else { return }
        let shard = shard(of: charge.pointee.key)
        let cell = currentCell(charge, shard, now: now)
        let next = charge.pointee.limit.pointee.settled(
            cell, cost: charge.pointee.cost, now: now, &shard.pointee.slab)
        guard !next.isEmpty else { return }
        let place = shard.pointee.table.find(charge.pointee.key)
        shard.pointee.write(next, for: charge.pointee.key, at: place, now: now, self)
    }
}

extension Charge {
    /// Puts in the place of the cost by how much `actual` and `estimate` differ to this rule.
    fileprivate mutating func correct(estimate: Int64, actual: Int64) {
        cost = abs(rule.pointee.counted(actual, limit) - rule.pointee.counted(estimate, limit))
    }
}

extension CompiledRule {
    /// What a call of `cost` is charged by this rule.
    func counted(_ cost: Int64, _ limit: UnsafePointer<CompiledLimit>) -> Int64 {
        guard cost > 0 else { return 0 }
        return limit.pointee.counted(fixedCost > 0 ? fixedCost : cost)
    }
}
