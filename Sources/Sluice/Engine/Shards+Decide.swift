/// The decision: select the rules that apply, lock their shards, ask each, and charge all of them or none.
extension Shards {
    /// - Parameter observe: Sees every rule's part while the shards are still locked.
    @inline(__always)
    func decide(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool = false, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void = { _ in }
    ) -> Decision {
        if let rule = policy.plainRule, !isObserved, case .decide = operation {
            if let decision = decidePlain(rule, values, cost: cost, now: now) { return decision }
        }
        return decideAny(policy, values, operation, cost: cost, now: now, observing: isObserved, observe)
    }

    @inline(never)
    private func decideAny(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        if policy.hasLists, let listed = policy.listed(values) { return listed }
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: policy.ruleCount) { buffer in
            var set = ShardSet()
            let count = policy.select(values, cost: cost, into: buffer, &set)
            guard count > 0 else { return .nothingApplies }
            let charges = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            set.lock(self)
            defer { set.unlock(self) }
            return settle(charges, operation, now: now, observing: isObserved, observe)
        }
    }

    @inline(__always)
    private func settle(
        _ charges: UnsafeMutableBufferPointer<Charge>, _ operation: Operation, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        var isDenied = false
        for index in 0..<charges.count {
            evaluate(charges.baseAddress! + index, operation, now: now)
            if charges[index].denies { isDenied = true }
        }
        if !operation.isPeek {
            for index in 0..<charges.count {
                if charges[index].verdict.isAllowed {
                    if !isDenied { commit(charges.baseAddress! + index, operation, now: now) }
                } else if !isDenied || charges[index].denies {
                    noteDenial(charges.baseAddress! + index, now: now)
                }
            }
        }
        if isObserved {
            if isDenied { for index in 0..<charges.count { uncharge(charges.baseAddress! + index, now: now) } }
            observe(charges)
        }
        for index in 0..<charges.count { shard(of: charges[index].key).pointee.pendingChunks = 0 }
        return Decision(charges, isDenied: isDenied)
    }

    @inline(__always)
    private func evaluate(_ charge: UnsafeMutablePointer<Charge>, _ operation: Operation, now: Int64) {
        let shard = shard(of: charge.pointee.key)
        if charge.pointee.rule.pointee.penalty != nil, isBanned(charge, now: now) { return }
        let cell = currentCell(charge, shard, now: now)
        charge.pointee.verdict = CompiledLimit.evaluate(charge.pointee.limit, cell, cost: charge.pointee.cost, now: now, shard)
        guard charge.pointee.verdict.isAllowed, charge.pointee.cost > 0 else { return }
        if operation.isPeek {
            uncharge(charge, now: now)
        } else if !shard.pointee.table.hasRoom || charge.pointee.limit.pointee.usesSlab {
            reserveRoom(for: charge, shard, now: now)
        }
    }

    /// The state of a charge's key under the limit that applies.
    @inline(__always)
    func currentCell(_ charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64) -> Cell {
        let place = shard.pointee.table.find(charge.pointee.key)
        guard place.isFound else { return .empty }
        let cell = shard.pointee.table.slots[place.index].cell
        if cell.limit == charge.pointee.limit.pointee.id { return cell }
        return convert(charge.pointee.key, at: place.index, to: charge.pointee.limit, shard, now: now)
    }

    /// Writes a cell of another limit's numbers again under those of `limit`.
    @inline(never)
    private func convert(
        _ key: CellKey, at index: Int, to limit: UnsafePointer<CompiledLimit>, _ shard: UnsafeMutablePointer<Shard>,
        now: Int64
    ) -> Cell {
        let cell = shard.pointee.table.slots[index].cell
        let old = self.limit(cell.limit)
        let converted = limit.pointee.converted(cell, from: old.pointee, now: now, &shard.pointee.slab)
        if converted.isEmpty {
            shard.pointee.table.remove(at: index)
        } else {
            shard.pointee.table.slots[index].cell = converted
        }
        return converted
    }

    /// What the rule would say if nothing were charged: how much remains now.
    private func uncharge(_ charge: UnsafeMutablePointer<Charge>, now: Int64) {
        guard charge.pointee.verdict.isAllowed, charge.pointee.cost > 0 else { return }
        let shard = shard(of: charge.pointee.key)
        let cell = currentCell(charge, shard, now: now)
        let look = CompiledLimit.evaluate(charge.pointee.limit, cell, cost: 0, now: now, shard)
        charge.pointee.verdict.remaining = look.remaining
        charge.pointee.verdict.resetAfter = look.resetAfter
    }

    /// Writes the state after the charge.
    @inline(__always)
    private func commit(_ charge: UnsafeMutablePointer<Charge>, _ operation: Operation, now: Int64) {
        guard charge.pointee.cost > 0 else { return }
        let shard = shard(of: charge.pointee.key)
        let place = shard.pointee.table.find(charge.pointee.key)
        if charge.pointee.limit.pointee.algorithm == .tokenBucket {
            shard.pointee.write(charge.pointee.verdict.next, for: charge.pointee.key, at: place, now: now, self)
            return
        }
        let cell = place.isFound ? shard.pointee.table.slots[place.index].cell : .empty
        let next = charged(charge, cell, operation, now: now, shard)
        if !next.isEmpty { shard.pointee.write(next, for: charge.pointee.key, at: place, now: now, self) }
    }

    private func charged(
        _ charge: UnsafeMutablePointer<Charge>, _ cell: Cell, _ operation: Operation, now: Int64, _ shard: UnsafeMutablePointer<Shard>
    ) -> Cell {
        let limit = charge.pointee.limit.pointee
        switch limit.algorithm {
        case .slidingLog:
            return limit.slidingLogCharged(cell, cost: charge.pointee.cost, now: now, &shard.pointee.slab)
        case .concurrency:
            guard case .acquire(let lease) = operation else { return .empty }
            var leases = LeaseStack(cell)
            leases.purge(at: now, &shard.pointee.slab)
            for _ in 0..<charge.pointee.cost {
                leases.push(lease, expiry: now.saturatingAdding(limit.period), &shard.pointee.slab)
            }
            let next = leases.cell(limit.id, isExhausted: { $0 >= limit.count }, in: shard.pointee.slab)
            charge.pointee.verdict.remaining &-= charge.pointee.cost
            charge.pointee.verdict.resetAfter = next.expiry &- now
            return next
        case .unlimited, .penalty: return .empty
        default: return charge.pointee.verdict.next
        }
    }

    /// Makes sure that a charge can be written, or turns it into a denial.
    @inline(never)
    private func reserveRoom(for charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64) {
        if charge.pointee.limit.pointee.algorithm == .unlimited { return }
        if charge.pointee.limit.pointee.usesSlab {
            let isLog = charge.pointee.limit.pointee.algorithm == .slidingLog
            shard.pointee.pendingChunks += isLog ? charge.pointee.limit.pointee.chunksNeeded(for: charge.pointee.cost) : Int(charge.pointee.cost) + 1
            if shard.pointee.slab.available < shard.pointee.pendingChunks {
                charge.pointee.verdict = .storeFull(retryAfter: charge.pointee.limit.pointee.period)
                return
            }
        }
        let place = shard.pointee.table.find(charge.pointee.key)
        guard !place.isFound, !shard.pointee.table.hasRoom else { return }
        if let firstExpiry = shard.pointee.makeRoom(near: place.index, now: now, self) {
            charge.pointee.verdict = .storeFull(retryAfter: max(1, firstExpiry &- now))
        }
    }
}

extension Verdict {
    static func storeFull(retryAfter: Int64) -> Verdict {
        Verdict(isAllowed: false, reason: .storeFull, remaining: 0, retryAfter: retryAfter, resetAfter: retryAfter)
    }
}

extension CompiledPolicy {
    /// The decision of the policy's lists, if one of them names the descriptor.
    func listed(_ values: UnsafePointer<ValueBytes>) -> Decision? {
        if deny.contains(where: { $0.isMet(by: values) }) {
            return .denied(
                Denial(
                    reason: .listed, rule: nil, limit: 0, remaining: 0, retryAfterNanoseconds: -1,
                    resetAfterNanoseconds: 0))
        }
        return allow.contains { $0.isMet(by: values) } ? .nothingApplies : nil
    }

    /// Lists the rules that apply, with their cells' keys and shards.
    @inline(__always)
    func select(
        _ values: UnsafePointer<ValueBytes>, cost: Int64, into charges: UnsafeMutableBufferPointer<Charge>,
        _ set: inout ShardSet
    ) -> Int {
        var count = 0
        var replaced: UInt64 = 0
        for index in 0..<ruleCount {
            let rule = UnsafePointer(rules + index)
            guard rule.pointee.isCounted(values),
                !rule.pointee.hasCondition || rule.pointee.condition.isMet(by: values)
            else { continue }
            replaced |= rule.pointee.replaces
            let steps = rule.pointee.limits(for: values)
            let cost = rule.pointee.fixedCost > 0 && cost > 0 ? rule.pointee.fixedCost : cost
            (charges.baseAddress! + count).initialize(
                to: Charge(rule: rule, key: rule.pointee.key(values), cost: cost, steps: steps, limit: steps.steps[0]))
            count &+= 1
        }
        if replaced != 0 { count = Self.drop(replaced, from: charges, count) }
        for index in 0..<count { set.insert(shardOf: charges[index].key) }
        return count
    }

    private static func drop(_ replaced: UInt64, from charges: UnsafeMutableBufferPointer<Charge>, _ count: Int) -> Int {
        var kept = 0
        for index in 0..<count where replaced & 1 << UInt64(charges[index].rule.pointee.index) == 0 {
            charges[kept] = charges[index]
            kept += 1
        }
        return kept
    }
}

extension Decision {
    /// What a request is told that no rule applies to.
    static var nothingApplies: Decision {
        .allowed(Pass(rule: nil, limit: unlimited, remaining: unlimited, resetAfterNanoseconds: 0))
    }

    @inline(__always)
    init(_ charges: UnsafeMutableBufferPointer<Charge>, isDenied: Bool) {
        var chosen = -1
        var shadow: RuleName?
        for index in 0..<charges.count {
            if charges[index].rule.pointee.isShadow {
                if shadow == nil, !charges[index].verdict.isAllowed { shadow = charges[index].rule.pointee.name }
                continue
            }
            guard charges[index].denies == isDenied else { continue }
            if chosen < 0
                || (isDenied
                    ? charges[index].waitsLonger(than: charges[chosen])
                    : charges[index].isTighter(than: charges[chosen]))
            {
                chosen = index
            }
        }
        self = chosen < 0 ? .nothingApplies : charges[chosen].decision
        if shadow != nil { shadowDeniedBy(shadow) }
    }

    private mutating func shadowDeniedBy(_ rule: RuleName?) {
        switch self {
        case .allowed(var pass):
            pass.shadowDeniedBy = rule
            self = .allowed(pass)
        case .denied(var denial):
            denial.shadowDeniedBy = rule
            self = .denied(denial)
        }
    }
}
