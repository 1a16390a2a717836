/// What a store elsewhere is asked for.
package enum PlannedOperation: Sendable {
    /// The rules that apply: to decide, look, take a lease or give back.
    case charge
    /// Every rule that can count the descriptor, whether it applies or not.
    case reset
}

extension PolicyHandle {
    /// Plans a request on bytes where they lie.
    /// - Throws: ``SluiceError``; see ``Limiter/decide(_:_:cost:at:)``.
    package func plan(
        _ entries: UnsafeBufferPointer<RawEntry>, _ operation: PlannedOperation = .charge, cost: Int64
    ) throws(SluiceError) -> ChargePlan {
        guard isCurrent else { return try limiter.policy(name).plan(entries, operation, cost: cost) }
        return try compiled.withValues(of: entries) { values throws(SluiceError) in
            try compiled.plan(values, operation, cost: cost)
        }
    }

    /// Plans a request.
    /// - Throws: ``SluiceError``; see ``Limiter/decide(_:_:cost:at:)``.
    package func plan(
        _ descriptor: Descriptor, _ operation: PlannedOperation = .charge, cost: Int64
    ) throws(SluiceError) -> ChargePlan {
        guard isCurrent else { return try limiter.policy(name).plan(descriptor, operation, cost: cost) }
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try compiled.plan(values, operation, cost: cost)
        }
    }

    /// Plans a request that memory decides: cells lie where they lie for a decision that was not planned.
    func memoryPlan(_ descriptor: Descriptor, cost: Int64) throws(SluiceError) -> ChargePlan {
        guard isCurrent else { return try limiter.policy(name).memoryPlan(descriptor, cost: cost) }
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try compiled.plan(values, .charge, cost: cost, isPartitioned: false)
        }
    }

    /// As `plan`, for a policy of which a lease can be held; the cost is at least 1.
    /// - Throws: ``SluiceError``; see ``Limiter/acquire(_:_:cost:at:)``.
    package func leasePlan(
        _ entries: UnsafeBufferPointer<RawEntry>, cost: Int64
    ) throws(SluiceError) -> ChargePlan {
        try checkLeases()
        return try plan(entries, cost: cost == 0 ? 1 : cost)
    }

    /// As `plan`, for a policy of which a lease can be held; the cost is at least 1.
    /// - Throws: ``SluiceError``; see ``Limiter/acquire(_:_:cost:at:)``.
    package func leasePlan(_ descriptor: Descriptor, cost: Int64) throws(SluiceError) -> ChargePlan {
        try checkLeases()
        return try plan(descriptor, cost: cost == 0 ? 1 : cost)
    }

    private func checkLeases() throws(SluiceError) {
        try (isCurrent ? compiled : try limiter.policy(name).compiled).checkHasLeases()
    }

    /// What the rule at a place in the policy wants when its store fails.
    package func onStoreFailure(ofRule index: Int) -> StoreFailure {
        policy.rules[index].onStoreFailure ?? policy.onStoreFailure
    }
}

extension CompiledPolicy {
    func plan(
        _ values: UnsafePointer<ValueBytes>, _ operation: PlannedOperation, cost: Int64, isPartitioned: Bool = true
    ) throws(SluiceError) -> ChargePlan {
        try check(values, cost: cost)
        if case .reset = operation { return planReset(values) }
        if hasLists, let listed = listed(values) { return ChargePlan(settled: listed, by: self) }
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, ruleCount)) { buffer in
            var set = ShardSet()
            let count = select(values, cost: cost, into: buffer, &set)
            let partition = isPartitioned ? partition(values) : nil
            let charges = (0..<count).map { PlannedCharge(buffer[$0], key: buffer[$0].key.inPartition(partition)) }
            return ChargePlan(charges, of: self, values)
        }
    }

    private func planReset(_ values: UnsafePointer<ValueBytes>) -> ChargePlan {
        let partition = partition(values)
        var charges: [PlannedCharge] = []
        for index in 0..<ruleCount {
            let rule = UnsafePointer(rules + index)
            let group = groups + rule.pointee.group
            guard group.pointee.isPresent(in: values) else { continue }
            let key = group.pointee.key(values).of(rule: rule.pointee.tag).inPartition(partition)
            let charge = Charge(
                rule: rule, key: key, cost: 0, steps: rule.pointee.limits, limit: rule.pointee.limits.steps[0],
                verdict: Verdict(isAllowed: true, remaining: 0, resetAfter: 0), place: 0)
            charges.append(PlannedCharge(charge, key: key))
        }
        return ChargePlan(charges, of: self, values)
    }

    /// Where the cells of a partitioned policy lie together: in the place of the partition's value.
    @inline(__always)
    private func partition(_ values: UnsafePointer<ValueBytes>) -> UInt64? {
        guard let partitionGroup, partitionGroup.isPresent(in: values) else { return nil }
        return partitionGroup.key(values).low
    }
}

extension CellKey {
    /// The same cell, kept where its partition is.
    @inline(__always)
    fileprivate func inPartition(_ low: UInt64?) -> CellKey { CellKey(high: high, low: low ?? self.low) }
}

extension CompiledPolicy {
    /// Checks that a lease can be held.
    func checkHasLeases() throws(SluiceError) {
        guard hasLeases else {
            throw SluiceError(
                .unsupported, "policy '\(policy.name)' has no concurrency rule to hold a lease of; use a check")
        }
    }
}
