/// Refunds, resets and leases.
extension Shards {
    /// Gives back `cost` to every rule that applies.
    func refund(_ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, cost: Int64, now: Int64) {
        // What a list decided was never charged.
        if policy.hasLists, policy.listed(values) != nil { return }
        withCharges(policy, values, cost: cost) { charges in
            for index in charges.indices { giveBack(charges.baseAddress! + index, now: now) }
        }
    }

    /// Gives a charge's cost back.
    func giveBack(_ charge: UnsafeMutablePointer<Charge>, now: Int64) {
        let shard = shard(of: charge.pointee.key)
        shrinkLimit(of: charge, now: now)
        let cell = currentCell(charge, shard, now: now)
        guard !cell.isEmpty else { return }
        let rest = charge.pointee.limit.pointee.refunded(
            cell, cost: charge.pointee.cost, now: now, &shard.pointee.slab)
        let place = shard.pointee.table.find(charge.pointee.key)
        if rest.isEmpty {
            shard.pointee.table.remove(at: place.index)
        } else {
            shard.pointee.table.slots[place.index].cell = rest
        }
    }

    /// Applies a penalty that has shrunk the limit.
    func shrinkLimit(of charge: UnsafeMutablePointer<Charge>, now: Int64) {
        guard let penalty = charge.pointee.rule.pointee.penalty else { return }
        let shard = shard(of: charge.pointee.key)
        let place = shard.pointee.table.find(charge.pointee.key.penalty)
        guard place.isFound else { return }
        let state = shard.pointee.table.slots[place.index].cell
        charge.pointee.limit = charge.pointee.steps.steps[penalty.pointee.shrinkLevel(state, now: now)]
    }

    /// Forgets what the descriptor has used in every rule that can count it, and its penalties.
    func reset(_ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>) {
        for index in 0..<policy.ruleCount {
            let rule = policy.rules + index
            let group = policy.groups + rule.pointee.group
            guard group.pointee.isPresent(in: values) else { continue }
            let key = group.pointee.key(values).of(rule: rule.pointee.tag)
            let shard = shard(of: key)
            shard.lock()
            defer { shard.unlock() }
            shard.pointee.remove(key, self)
            shard.pointee.remove(key.penalty, self)
        }
    }

    /// Hands over the rules that apply while their shards are locked.
    func withCharges<Result>(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, cost: Int64,
        _ body: (UnsafeMutableBufferPointer<Charge>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, policy.ruleCount)) { buffer in
            var set = ShardSet()
            let count = policy.select(values, cost: cost, into: buffer, &set)
            set.lock(self)
            defer { set.unlock(self) }
            return body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Gives a lease's slots back; `false` if none of them was held any more.
    func release(_ lease: UInt64, _ keys: [CellKey], now: Int64) -> Bool {
        changeLeases(keys) { leases, _, slab in
            leases.purge(at: now, &slab)
            return leases.release(lease, &slab)
        }
    }

    /// Makes a lease's slots last a whole lease from now; `false` unless all of them were still held.
    func renew(_ lease: UInt64, _ keys: [CellKey], now: Int64) -> Bool {
        // A key whose cell is gone is not asked at all, so those that are held are counted.
        var held = 0
        _ = changeLeases(keys) { leases, limit, slab in
            let isHeld = leases.renew(lease, until: now.saturatingAdding(limit.period), at: now, in: slab)
            if isHeld { held += 1 }
            return isHeld
        }
        return held == keys.count
    }

    private func changeLeases(
        _ keys: [CellKey], _ change: (inout LeaseStack, CompiledLimit, inout LogSlab) -> Bool
    ) -> Bool {
        var isAnyChanged = false
        for key in keys {
            let shard = shard(of: key)
            shard.lock()
            defer { shard.unlock() }
            let place = shard.pointee.table.find(key)
            guard place.isFound else { continue }
            let cell = shard.pointee.table.slots[place.index].cell
            let limit = limit(cell.limit).pointee
            guard limit.algorithm == .concurrency else { continue }
            var leases = LeaseStack(cell)
            if change(&leases, limit, &shard.pointee.slab) { isAnyChanged = true }
            let left = leases.cell(limit.id, isExhausted: { $0 >= limit.count }, in: shard.pointee.slab)
            if left.isEmpty {
                shard.pointee.table.remove(at: place.index)
            } else {
                shard.pointee.table.slots[place.index].cell = left
            }
        }
        return isAnyChanged
    }
}
