/// Plans of what a store elsewhere is told rather than asked.
extension PolicyHandle {
    /// The charge of one rule that is to be closed or opened for the descriptor's values.
    /// - Throws: ``SluiceError``; see ``Limiter/hold(_:rule:_:for:at:)``.
    package func holdPlan(_ rule: String, _ descriptor: Descriptor) throws(SluiceError) -> ChargePlan {
        guard isCurrent else { return try limiter.policy(name).holdPlan(rule, descriptor) }
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            let rule = try compiled.holdable(rule, values)
            let plan = try compiled.plan(values, .reset, cost: 0)
            return ChargePlan(plan.charges.filter { $0.ruleIndex == rule.pointee.index }, of: compiled)
        }
    }

    /// By how much a call that was charged `estimate` differs from one of `actual`, for each rule that it does for.
    /// - Throws: ``SluiceError``; see ``Limiter/settle(_:_:estimate:actual:at:)``.
    package func settlementPlan(
        _ descriptor: Descriptor, estimate: Int64, actual: Int64
    ) throws(SluiceError) -> ChargePlan {
        guard isCurrent else {
            return try limiter.policy(name).settlementPlan(descriptor, estimate: estimate, actual: actual)
        }
        return try descriptor.withValues(of: compiled) { values throws(SluiceError) in
            try compiled.check(values, cost: estimate)
            let plan = try compiled.plan(values, .charge, cost: actual)
            guard plan.settled == nil else { return plan }
            let corrected = plan.charges.map { charge in
                guard let rule = charge.rule else { return charge.costing(0) }
                let difference =
                    rule.pointee.counted(actual, charge.limit()) - rule.pointee.counted(estimate, charge.limit())
                return charge.costing(abs(difference))
            }
            return ChargePlan(corrected.filter { $0.cost > 0 }, of: compiled)
        }
    }
}
