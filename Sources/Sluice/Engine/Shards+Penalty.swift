/// What happens to those who keep being denied.
extension Shards {
    /// Applies the state of the rule's penalty; `true` if the caller is banned.
    @inline(never)
    func isBanned(_ charge: UnsafeMutablePointer<Charge>, now: Int64) -> Bool {
        let penalty = charge.pointee.rule.pointee.penalty!
        let shard = shard(of: charge.pointee.key)
        let cell = penaltyCell(charge, shard, now: now).cell
        let ban = penalty.pointee.banLeft(cell, now: now)
        if ban > 0 {
            charge.pointee.verdict = banned(charge, for: ban, now: now)
            return true
        }
        charge.pointee.limit = charge.pointee.steps.steps[penalty.pointee.shrinkLevel(cell, now: now)]
        return false
    }

    /// What a banned caller is told: the limit itself may keep him out for longer than the ban, or for ever.
    private func banned(_ charge: UnsafeMutablePointer<Charge>, for ban: Int64, now: Int64) -> Verdict {
        let shard = shard(of: charge.pointee.key)
        let cell = currentCell(charge, shard, now: now)
        let limit = charge.pointee.limit
        let own = CompiledLimit.evaluate(limit, cell, cost: charge.pointee.cost, now: now, shard)
        let look = CompiledLimit.evaluate(limit, cell, cost: 0, now: now, shard)
        let resetAfter = max(ban, look.resetAfter)
        if !own.isAllowed, own.reason == .impossible { return .impossible(remaining: 0, resetAfter: resetAfter) }
        return Verdict(
            isAllowed: false, reason: .banned, remaining: 0, retryAfter: max(ban, own.retryAfter),
            resetAfter: resetAfter)
    }

    /// Does what a denial does: restarts an extending debounce, counts towards a penalty.
    @inline(never)
    func noteDenial(_ charge: UnsafeMutablePointer<Charge>, now: Int64) {
        let shard = shard(of: charge.pointee.key)
        if charge.pointee.verdict.writesDenial, charge.pointee.verdict.reason == .limited {
            let place = shard.pointee.table.find(charge.pointee.key)
            shard.pointee.write(charge.pointee.verdict.next, for: charge.pointee.key, at: place, now: now, self)
            charge.pointee.verdict.restart(now: now)
        }
        guard let penalty = charge.pointee.rule.pointee.penalty, penalty.pointee.count > 0,
            charge.pointee.verdict.reason == .limited
        else { return }
        let (cell, place) = penaltyCell(charge, shard, now: now)
        let (next, ban) = penalty.pointee.penaltyDenied(cell, now: now)
        guard write(next, for: charge.pointee.key.penalty, at: place, shard, now: now) else { return }
        guard ban > 0 else { return askShrunkLimit(charge, shard, now: now) }
        charge.pointee.verdict.reason = .banned
        charge.pointee.verdict.remaining = 0
        charge.pointee.verdict.retryAfter = max(charge.pointee.verdict.retryAfter, ban)
        charge.pointee.verdict.resetAfter = max(charge.pointee.verdict.resetAfter, ban)
    }

    /// Judges a denial once more if it has shrunk the limit, so that it tells the truth about the next attempt.
    private func askShrunkLimit(
        _ charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64
    ) {
        guard charge.pointee.rule.pointee.penalty!.pointee.extends, !isBanned(charge, now: now) else { return }
        let cell = currentCell(charge, shard, now: now)
        charge.pointee.verdict = CompiledLimit.evaluate(
            charge.pointee.limit, cell, cost: charge.pointee.cost, now: now, shard)
        awaitRecovery(charge, now: now)
    }

    /// A cost that only a shrunk limit cannot hold is not impossible: it passes at the latest when enough of the
    /// limit has recovered and nothing of it is in use.
    @inline(never)
    func awaitRecovery(_ charge: UnsafeMutablePointer<Charge>, now: Int64) {
        let verdict = charge.pointee.verdict
        guard !verdict.isAllowed, verdict.reason == .impossible, let penalty = charge.pointee.rule.pointee.penalty
        else { return }
        let steps = charge.pointee.steps.steps
        guard
            let level = (0..<CompiledRule.LimitSteps.count).last(where: {
                steps[$0].pointee.capacity >= charge.pointee.cost
            })
        else { return }
        let state = penaltyCell(charge, shard(of: charge.pointee.key), now: now).cell
        let recovery = penalty.pointee.shrinkWait(state, untilLevel: level, now: now)
        guard recovery > 0 else { return }
        charge.pointee.verdict.reason = .limited
        charge.pointee.verdict.retryAfter = max(recovery, verdict.resetAfter)
    }

    private func penaltyCell(
        _ charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64
    ) -> (cell: Cell, place: (index: Int, isFound: Bool)) {
        let penalty = charge.pointee.rule.pointee.penalty!
        let place = shard.pointee.table.find(charge.pointee.key.penalty)
        guard place.isFound else { return (.empty, place) }
        let cell = shard.pointee.table.slots[place.index].cell
        guard cell.limit != penalty.pointee.id else { return (cell, place) }
        let old = limit(cell.limit)
        return (penalty.pointee.converted(cell, from: old.pointee, now: now, &shard.pointee.slab), place)
    }

    /// Writes a cell; `false` if the store is full of callers who are being limited.
    func write(
        _ cell: Cell, for key: CellKey, at place: (index: Int, isFound: Bool), _ shard: UnsafeMutablePointer<Shard>,
        now: Int64
    ) -> Bool {
        var place = place
        if !place.isFound, !shard.pointee.table.hasRoom {
            guard shard.pointee.makeRoom(near: place.index, now: now, self) == nil else { return false }
            place = shard.pointee.table.find(key)
        }
        shard.pointee.write(cell, for: key, at: place, now: now, self)
        return true
    }
}
