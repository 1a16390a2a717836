package import Sluice

/// What was decided of a request, and what it holds until it is answered.
package struct Admission: Sendable {
    package let descriptor: Descriptor
    /// What was charged, if the request is allowed.
    package let cost: Int64
    package let policy: ProtectedPolicy.Current
    let explains: Bool
    package internal(set) var decision = Decision.nothingApplies
    /// What each rule says by itself, if that was wanted.
    var rules: [RuleOutcome] = []
    /// The slots that it holds, if a concurrency rule applies.
    package internal(set) var lease: HeldLease?
    /// How things stand once its cost was settled.
    private var settled: Decision?

    init(descriptor: Descriptor, cost: Int64, policy: ProtectedPolicy.Current, explains: Bool) {
        (self.descriptor, self.cost, self.policy, self.explains) = (descriptor, cost, policy, explains)
    }

    /// What the answer's fields say.
    package var fields: RateLimitFields {
        var fields =
            rules.isEmpty
            ? RateLimitFields(state, of: policy.fields)
            : RateLimitFields(state, of: policy.fields, rules: rules)
        // An answer to a request that has passed asks nobody to try again, though nothing may be left.
        if decision.isAllowed { fields.retryAfter = nil }
        return fields
    }

    /// The decision, or how things stand since.
    package var state: Decision { settled ?? decision }

    /// Charges or gives back what the request has cost beyond or below what was charged before.
    ///
    /// What was too much is given back. What was too little is charged as far as there is something left: a limit is
    /// never passed, and a request that was answered is not undone.
    /// - Throws: `SluiceError` if the store does not take it; what was charged stays charged.
    package mutating func settle(_ actual: Int64) async throws(SluiceError) {
        guard decision.isAllowed, decision.rule != nil, actual != cost else { return }
        let handle = policy.handle
        if actual < cost {
            settled = try await handle.refund(descriptor, cost: cost - max(0, actual))
        } else {
            let seen = try await handle.peek(descriptor, cost: 1)
            let rest = min(actual - cost, seen.remaining)
            settled = rest > 0 ? try await handle.decide(descriptor, cost: rest) : seen
        }
        if explains { rules = try await handle.explain(descriptor, cost: 1, charging: false).rules }
    }
}
