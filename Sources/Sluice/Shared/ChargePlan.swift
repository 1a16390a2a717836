/// A request that a store elsewhere decides: the rules that apply to it, where each of them counts, and what it costs.
///
/// Making one is the part of a decision that needs no state; the store then says what the cells say, and the plan
/// makes the decision of it, by the same code as for a store in memory.
package struct ChargePlan: Sendable {
    /// The decision of the policy's lists, or that no rule applies: there is nothing to ask the store.
    package let settled: Decision?
    /// What the store is asked.
    package let charges: [PlannedCharge]
    /// Keeps the limits alive that the charges point to.
    let policy: CompiledPolicy?
    /// The values of the policy's keys, where somebody wants callers named.
    private(set) var names: [String?] = []

    init(settled: Decision, by policy: CompiledPolicy) {
        self.settled = settled
        charges = []
        self.policy = policy
    }

    init(_ charges: [PlannedCharge], of policy: CompiledPolicy) {
        settled = charges.isEmpty ? .nothingApplies : nil
        self.charges = charges
        self.policy = policy
    }

    init(_ charges: [PlannedCharge], of policy: CompiledPolicy, _ values: UnsafePointer<ValueBytes>) {
        self.init(charges, of: policy)
        if policy.store.watch.namesCallers { names = policy.keys.indices.map { values[$0].text } }
    }

    /// What keeps the limits alive that the charges point to.
    package var owner: AnyObject? { policy }

    /// The name of the policy; empty when there is nothing to ask.
    package var policyName: String { settled == nil ? policy?.policy.name ?? "" : "" }

    /// What a charge's rule wants when its store fails.
    package func onStoreFailure(of charge: PlannedCharge) -> StoreFailure {
        guard let policy = policy?.policy else { return .deny }
        return policy.rules[charge.ruleIndex].onStoreFailure ?? policy.onStoreFailure
    }

    /// The decision that follows from what the store says of each charge.
    /// - Precondition: There is a verdict for every charge, in their order.
    package func decision(_ verdicts: [ChargeVerdict]) -> Decision {
        verdicts.withUnsafeBufferPointer { decision($0) }
    }

    /// The decision of a request that has one charge.
    package func decision(_ verdict: ChargeVerdict) -> Decision {
        withUnsafePointer(to: verdict) { decision(UnsafeBufferPointer(start: $0, count: 1)) }
    }

    private func decision(_ verdicts: UnsafeBufferPointer<ChargeVerdict>) -> Decision {
        withJudged(verdicts) { charges in
            Decision.of(charges, isDenied: Opinion(charges).isDenied).decision
        }
    }

    /// What each rule says by itself.
    package func outcomes(_ verdicts: [ChargeVerdict]) -> [RuleOutcome] {
        verdicts.withUnsafeBufferPointer { withJudged($0) { charges in charges.map(\.outcome) } }
    }

    /// The lease of the concurrency rules whose slot was taken; `nil` if there is none of them.
    package func lease(id: UInt64, _ verdicts: [ChargeVerdict]) -> Lease? {
        let held = zip(charges, verdicts).filter { $0.limit().pointee.algorithm == .concurrency && $1.denial == nil }
        guard let duration = held.map({ $0.0.limit().pointee.period }).min() else { return nil }
        return Lease(id: id, keys: held.map(\.0.key), durationNanoseconds: duration)
    }

    @inline(__always)
    private func withJudged<Result>(
        _ verdicts: UnsafeBufferPointer<ChargeVerdict>, _ body: (UnsafeMutableBufferPointer<Charge>) -> Result
    ) -> Result {
        precondition(verdicts.count == charges.count, "a verdict for each charge")
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, charges.count)) { buffer in
            for index in 0..<charges.count {
                guard let rule = charges[index].rule else { preconditionFailure("a throttle has no decision") }
                buffer.initializeElement(at: index, to: Charge(charges[index], of: rule, verdicts[index]))
            }
            return body(UnsafeMutableBufferPointer(rebasing: buffer[..<charges.count]))
        }
    }
}
