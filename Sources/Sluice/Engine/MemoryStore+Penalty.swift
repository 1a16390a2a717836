/// What happens to those who keep being denied.
extension MemoryStore {
    /// Applies the state of the rule's penalty; `true` if the caller is banned.
    @inline(never)
    func isBanned(_ charge: inout Charge, now: Int64) -> Bool {
        let penalty = charge.rule.pointee.penalty!
        let shard = shard(of: charge.key)
        let cell = penaltyCell(charge, shard, now: now).cell
        let ban = penalty.pointee.banLeft(cell, now: now)
        if ban > 0 {
            charge.verdict = Verdict(
                isAllowed: false, reason: .banned, remaining: 0, retryAfter: ban, resetAfter: ban)
            return true
        }
        charge.limit = charge.steps.steps[penalty.pointee.shrinkLevel(cell, now: now)]
        return false
    }

    /// Does what a denial does: restarts an extending debounce, counts towards a penalty.
    @inline(never)
    func noteDenial(_ charge: inout Charge, now: Int64) {
        let shard = shard(of: charge.key)
        if charge.verdict.writesDenial, charge.verdict.reason == .limited {
            let place = shard.pointee.table.find(charge.key)
            shard.pointee.write(charge.verdict.next, for: charge.key, at: place, now: now, registry)
        }
        guard let penalty = charge.rule.pointee.penalty, charge.verdict.reason == .limited else { return }
        let (cell, place) = penaltyCell(charge, shard, now: now)
        let (next, ban) = penalty.pointee.penaltyDenied(cell, now: now)
        guard write(next, for: charge.key.penalty, at: place, shard, now: now), ban > 0 else { return }
        charge.verdict.reason = .banned
        charge.verdict.remaining = 0
        charge.verdict.retryAfter = max(charge.verdict.retryAfter, ban)
        charge.verdict.resetAfter = max(charge.verdict.resetAfter, ban)
    }

    private func penaltyCell(
        _ charge: Charge, _ shard: UnsafeMutablePointer<Shard>, now: Int64
    ) -> (cell: Cell, place: (index: Int, isFound: Bool)) {
        let penalty = charge.rule.pointee.penalty!
        let place = shard.pointee.table.find(charge.key.penalty)
        guard place.isFound else { return (.empty, place) }
        let cell = shard.pointee.table.slots[place.index].cell
        guard cell.limit != penalty.pointee.id else { return (cell, place) }
        let old = registry.limit(cell.limit)
        return (penalty.pointee.converted(cell, from: old.pointee, now: now, &shard.pointee.slab), place)
    }

    /// Writes a cell; `false` if the store is full of callers who are being limited.
    private func write(
        _ cell: Cell, for key: CellKey, at place: (index: Int, isFound: Bool), _ shard: UnsafeMutablePointer<Shard>,
        now: Int64
    ) -> Bool {
        var place = place
        if !place.isFound, shard.pointee.table.occupied >= shard.pointee.table.capacity {
            guard shard.pointee.makeRoom(near: place.index, now: now, registry) == nil else { return false }
            place = shard.pointee.table.find(key)
        }
        shard.pointee.write(cell, for: key, at: place, now: now, registry)
        return true
    }
}
