/// Closing a rule for a key by hand, and opening it again.
extension Shards {
    /// Bans the values from a rule for `duration` at least.
    /// - Returns: `false` if the store is full of callers who are being limited.
    func hold(
        _ rule: UnsafePointer<CompiledRule>, of policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>,
        for duration: Int64, now: Int64
    ) -> Bool {
        guard let penalty = rule.pointee.penalty else { return true }
        let key = policy.groups[rule.pointee.group].key(values).of(rule: rule.pointee.tag).penalty
        let shard = shard(of: key)
        shard.lock()
        defer { shard.unlock() }
        let place = shard.pointee.table.find(key)
        var cell = place.isFound ? shard.pointee.table.slots[place.index].cell : .empty
        if !cell.isEmpty, cell.limit != penalty.pointee.id {
            cell = penalty.pointee.converted(cell, from: limit(cell.limit).pointee, now: now, &shard.pointee.slab)
        }
        let next = penalty.pointee.penaltyHeld(cell, until: now.saturatingAdding(duration), now: now)
        return next.isEmpty || write(next, for: key, at: place, shard, now: now)
    }

    /// Ends a ban and forgets that there was one.
    func lift(
        _ rule: UnsafePointer<CompiledRule>, of policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>
    ) {
        let key = policy.groups[rule.pointee.group].key(values).of(rule: rule.pointee.tag).penalty
        let shard = shard(of: key)
        shard.lock()
        defer { shard.unlock() }
        shard.pointee.remove(key, self)
    }
}

extension CompiledPolicy {
    /// The rule of a name that can be closed for the values.
    /// - Throws: ``SluiceError/Code/unsupported`` if there is no such rule or nobody can be banned from it,
    ///   ``SluiceError/Code/missingKey`` if it does not count the values.
    func holdable(
        _ name: String, _ values: UnsafePointer<ValueBytes>
    ) throws(SluiceError) -> UnsafePointer<CompiledRule> {
        guard let index = policy.rules.indices.first(where: { policy.rules[$0].name == name }) else {
            throw SluiceError(
                .unsupported,
                "policy '\(policy.name)' has no rule '\(name)'"
                    + NearestWord.hint(for: name, among: policy.rules.map(\.name)))
        }
        let rule = UnsafePointer(rules + index)
        guard rule.pointee.canBeHeld else {
            throw SluiceError(
                .unsupported,
                "nobody can be banned from rule '\(name)' of policy '\(policy.name)'; give it a limit, and a "
                    + "ban or 'penalty: {hold: true}' (in Swift .onHold)")
        }
        guard groups[rule.pointee.group].isPresent(in: values) else {
            throw SluiceError(
                .missingKey,
                "rule '\(name)' of policy '\(policy.name)' counts by "
                    + policy.rules[index].keys.map { "'\($0.name)'" }.joined(separator: ", ")
                    + ", which the descriptor lacks")
        }
        return rule
    }
}

extension Rule {
    /// Whether the rule can be closed for a key by hand: it has a penalty that bans, and a limit for
    /// everybody.
    public var canBeHeld: Bool {
        guard mode == .enforce, case .ban? = penalty?.kind else { return false }
        return ([limit] + overrides.map(\.limit)).allSatisfy { $0.algorithm != .unlimited }
    }
}

extension SluiceError {
    /// Why a hold or a charge beyond the limit was not taken.
    static var storeFull: SluiceError {
        SluiceError(.storeFailed, "the store is full of callers who are being limited; give it more room, or try later")
    }
}
