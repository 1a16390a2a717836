/// The decision: select the rules that apply, lock their shards, ask each, and charge all of them or none.
extension Shards {
    /// - Parameter observe: Sees every rule's part while the shards are still locked.
    @inline(__always)
    func decide(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool = false, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void = { _ in }
    ) -> Decision {
        if Self.isTimed(at: now) {
            return decideTimed(policy, values, operation, cost: cost, now: now, observing: isObserved, observe)
        }
        return decideUntimed(policy, values, operation, cost: cost, now: now, observing: isObserved, observe)
    }

    @inline(never)
    private func decideTimed(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        let start = TimeSource.steadyNanoseconds
        let decision = decideUntimed(
            policy, values, operation, cost: cost, now: now, observing: isObserved, observe)
        if operation.counts(cost) {
            let duration = TimeSource.steadyNanoseconds - start
            watch._withUnsafeGuaranteedRef { $0.durations.record(nanoseconds: duration) }
        }
        return decision
    }

    @inline(__always)
    private func decideUntimed(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        if let rule = policy.plainRule, !isObserved, case .decide = operation,
            let decision = decidePlain(rule, policy.groups, values, cost: cost, now: now)
        {
            return watched(decision, policy, values, operation, cost: cost, now: now)
        }
        let decision = decideAny(policy, values, operation, cost: cost, now: now, observing: isObserved, observe)
        return watched(decision, policy, values, operation, cost: cost, now: now)
    }

    @inline(never)
    private func decideAny(
        _ policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>, _ operation: Operation, cost: Int64, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        if policy.hasLists, let listed = policy.listed(values) {
            if operation.counts(cost) { policy.counter.count(listed.isAllowed ? .allowed : .denied) }
            return listed
        }
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: policy.ruleCount) { buffer in
            var set = ShardSet()
            let count = policy.select(values, cost: cost, into: buffer, &set)
            guard count > 0 else {
                if operation.counts(cost) { policy.counter.count(.allowed) }
                return .nothingApplies
            }
            let charges = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            set.lock(self)
            defer { set.unlock(self) }
            return settle(charges, operation, now: now, observing: isObserved, observe)
        }
    }

    @inline(__always)
    func settle(
        _ charges: UnsafeMutableBufferPointer<Charge>, _ operation: Operation, now: Int64,
        observing isObserved: Bool, _ observe: (UnsafeMutableBufferPointer<Charge>) -> Void
    ) -> Decision {
        var opinion = Opinion()
        for index in 0..<charges.count {
            evaluate(charges.baseAddress! + index, operation, now: now)
            opinion.add(charges[index])
        }
        let isDenied = opinion.isDenied
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
        let (decision, chosen) = Decision.of(charges, isDenied: isDenied)
        if !operation.isPeek { count(charges, chosen) }
        return decision
    }

    /// Counts what has come of a request, under the locks of its shards.
    @inline(__always)
    private func count(_ charges: UnsafeMutableBufferPointer<Charge>, _ chosen: Int) {
        // Shadows alone let everything pass.
        if chosen < 0, charges.count > 0, charges[0].cost > 0 { charges[0].rule.pointee.policyCounter.count(.allowed) }
        for index in 0..<charges.count where charges[index].cost > 0 {
            let (rule, key) = (charges[index].rule, charges[index].key)
            if index == chosen {
                shard(of: key).pointee.tally.count(
                    charges[index].verdict, rule.pointee.counter, of: charges[index].limit, at: key)
            } else if rule.pointee.isShadow, !charges[index].verdict.isAllowed {
                rule.pointee.counter.row(key.shard)[.shadowDenied] &+= 1
            }
        }
    }

    @inline(__always)
    private func evaluate(_ charge: UnsafeMutablePointer<Charge>, _ operation: Operation, now: Int64) {
        let shard = shard(of: charge.pointee.key)
        if charge.pointee.rule.pointee.penalty != nil, isBanned(charge, now: now) { return }
        let cell = currentCell(charge, shard, now: now)
        charge.pointee.verdict = CompiledLimit.evaluate(
            charge.pointee.limit, cell, cost: charge.pointee.cost, now: now, shard)
        if !charge.pointee.verdict.isAllowed, charge.pointee.rule.pointee.penalty != nil {
            return awaitRecovery(charge, now: now)
        }
        guard charge.pointee.verdict.isAllowed, charge.pointee.cost > 0 else { return }
        if operation.isPeek {
            uncharge(charge, now: now)
        } else if !shard.pointee.table.hasRoom || charge.pointee.limit.pointee.usesSlab {
            reserveRoom(for: charge, shard, now: now)
        }
    }

    /// The state of a charge's key under the limit that applies.
    @inline(__always)
    func currentCell(
        _ charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64
    ) -> Cell {
        let place = shard.pointee.table.find(charge.pointee.key)
        charge.pointee.place = place.index
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
        let place = shard.pointee.table.find(charge.pointee.key, lastSeenAt: charge.pointee.place)
        if charge.pointee.limit.pointee.algorithm == .tokenBucket {
            shard.pointee.write(charge.pointee.verdict.next, for: charge.pointee.key, at: place, now: now, self)
            return
        }
        let cell = place.isFound ? shard.pointee.table.slots[place.index].cell : .empty
        let next = charged(charge, cell, operation, now: now, shard)
        if !next.isEmpty { shard.pointee.write(next, for: charge.pointee.key, at: place, now: now, self) }
    }

    private func charged(
        _ charge: UnsafeMutablePointer<Charge>, _ cell: Cell, _ operation: Operation, now: Int64,
        _ shard: UnsafeMutablePointer<Shard>
    ) -> Cell {
        let limit = charge.pointee.limit
        switch limit.pointee.algorithm {
        case .slidingLog:
            return limit.pointee.slidingLogCharged(cell, cost: charge.pointee.cost, now: now, &shard.pointee.slab)
        case .concurrency:
            guard case .acquire(let lease) = operation else { return .empty }
            var leases = LeaseStack(cell)
            leases.purge(at: now, &shard.pointee.slab)
            for _ in 0..<charge.pointee.cost {
                leases.push(lease, expiry: now.saturatingAdding(limit.pointee.period), &shard.pointee.slab)
            }
            let next = leases.cell(
                limit.pointee.id, isExhausted: { $0 >= limit.pointee.count }, in: shard.pointee.slab)
            charge.pointee.verdict.remaining &-= charge.pointee.cost
            charge.pointee.verdict.resetAfter = next.expiry &- now
            return next
        case .unlimited, .penalty: return .empty
        default: return charge.pointee.verdict.next
        }
    }

    /// Makes sure that a charge can be written, or turns it into a denial.
    @inline(never)
    func reserveRoom(
        for charge: UnsafeMutablePointer<Charge>, _ shard: UnsafeMutablePointer<Shard>, now: Int64
    ) {
        let limit = charge.pointee.limit
        if limit.pointee.algorithm == .unlimited { return }
        if limit.pointee.usesSlab {
            shard.pointee.pendingChunks += limit.pointee.chunksNeeded(for: charge.pointee.cost)
            if shard.pointee.slab.available < shard.pointee.pendingChunks {
                charge.pointee.verdict = .storeFull(retryAfter: limit.pointee.period)
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

extension Operation {
    /// Whether a request of a cost is counted: what only looks is not.
    @inline(__always)
    func counts(_ cost: Int64) -> Bool { !isPeek && cost > 0 }
}

extension Verdict {
    /// As what it is counted.
    @inline(__always) var counted: CountedOutcome {
        isAllowed ? .allowed : reason == .impossible ? .impossible : .denied
    }

    static func storeFull(retryAfter: Int64) -> Verdict {
        Verdict(isAllowed: false, reason: .storeFull, remaining: 0, retryAfter: retryAfter, resetAfter: retryAfter)
    }
}
