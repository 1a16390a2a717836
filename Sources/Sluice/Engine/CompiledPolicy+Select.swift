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
    func select(
        _ values: UnsafePointer<ValueBytes>, cost: Int64, into charges: UnsafeMutableBufferPointer<Charge>,
        _ set: inout ShardSet
    ) -> Int {
        withUnsafeTemporaryAllocation(of: CellKey.self, capacity: max(1, groupCount)) { keys in
            var present: UInt64 = 0
            for group in 0..<groupCount where groups[group].isPresent(in: values) {
                present |= 1 &<< UInt64(truncatingIfNeeded: group)
                keys[group] = groups[group].key(values)
            }
            var count = 0
            var replaced: UInt64 = 0
            for index in 0..<ruleCount {
                let rule = UnsafePointer(rules + index)
                guard present & (1 &<< UInt64(truncatingIfNeeded: rule.pointee.group)) != 0,
                    !rule.pointee.hasCondition || rule.pointee.condition.isMet(by: values)
                else { continue }
                // A trial switches nothing off: it must not change what happens.
                if !rule.pointee.isShadow { replaced |= rule.pointee.replaces }
                let charge = charges.baseAddress! + count
                charge.pointee.rule = rule
                charge.pointee.key = keys[rule.pointee.group].of(rule: rule.pointee.tag)
                charge.pointee.cost = rule.pointee.fixedCost > 0 && cost > 0 ? rule.pointee.fixedCost : cost
                charge.pointee.steps = rule.pointee.limits(for: values)
                charge.pointee.limit = charge.pointee.steps.steps[0]
                count &+= 1
            }
            if replaced != 0 { count = Self.drop(replaced, from: charges, count) }
            for index in 0..<count { set.insert(shardOf: charges[index].key) }
            return count
        }
    }

    private static func drop(_ replaced: UInt64, from charges: UnsafeMutableBufferPointer<Charge>, _ count: Int) -> Int
    {
        var kept = 0
        for index in 0..<count where replaced & 1 << UInt64(charges[index].rule.pointee.index) == 0 {
            charges[kept] = charges[index]
            kept += 1
        }
        return kept
    }
}
