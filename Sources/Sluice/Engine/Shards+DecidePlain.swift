/// The decision of a policy whose only rule is plain: the same steps as any decision, without the lists of them.
extension Shards {
    /// - Returns: `nil` when more than that has to be done: a cell of other numbers, or a full table.
    @inline(__always)
    func decidePlain(
        _ rule: UnsafePointer<CompiledRule>, _ group: UnsafePointer<KeyGroup>, _ values: UnsafePointer<ValueBytes>,
        cost: Int64, now: Int64
    ) -> Decision? {
        guard group.pointee.isPresent(in: values) else { return nil }
        let limit = rule.pointee.limits.steps[0]
        let key = group.pointee.key(values).of(rule: rule.pointee.tag)
        let shard = shard(of: key)
        shard.lock()
        defer { shard.unlock() }
        let place = shard.pointee.table.find(key)
        let cell = place.isFound ? shard.pointee.table.slots[place.index].cell : .empty
        guard place.isFound ? cell.limit == limit.pointee.id : shard.pointee.table.hasRoom else { return nil }
        var verdict = CompiledLimit.evaluate(limit, cell, cost: cost, now: now, shard)
        if verdict.isAllowed {
            if cost > 0 {
                shard.pointee.tally.countAllowed(
                    rule.pointee.counter,
                    ShardTally.Use(remaining: verdict.remaining, capacity: limit.pointee.capacity), at: key)
                if !verdict.next.isEmpty { shard.pointee.write(verdict.next, for: key, at: place, now: now, self) }
            }
            return .allowed(
                Pass(
                    rule: rule.pointee.name, limit: limit.pointee.capacity, remaining: verdict.remaining,
                    resetAfterNanoseconds: verdict.resetAfter))
        }
        if cost > 0 {
            shard.pointee.tally.countDenied(
                rule.pointee.counter, isImpossible: verdict.reason == .impossible, at: key)
        }
        if verdict.writesDenial {
            shard.pointee.table.slots[place.index].cell = verdict.next
            verdict.restart(now: now)
        }
        return .denied(
            Denial(
                reason: verdict.reason, rule: rule.pointee.name, limit: limit.pointee.capacity,
                remaining: verdict.remaining, retryAfterNanoseconds: verdict.retryAfter,
                resetAfterNanoseconds: verdict.resetAfter))
    }
}
