/// What one of several policies is asked about a request, on bytes where they lie.
package struct JointQuestion {
    /// The most policies that one request is decided by.
    package static let maximum = 16

    package var policy: PolicyHandle
    /// The request's values, one for each of ``PolicyHandle/keys``.
    package var values: UnsafePointer<ValueBytes>
    /// 0 only looks.
    package var cost: Int64

    package init(_ policy: PolicyHandle, _ values: UnsafePointer<ValueBytes>, cost: Int64) {
        self.policy = policy
        self.values = values
        self.cost = cost
    }
}

/// What several policies say of one request.
package struct JointAnswer: Sendable {
    /// The decision of all of them.
    package var decision: Decision
    /// The place, among those asked, of the policy whose rule or list decided.
    package var place: Int
    /// The slots that were taken, if that was asked for.
    package var lease: Lease?

    package init(_ decision: Decision, place: Int = 0, lease: Lease? = nil) {
        self.decision = decision
        self.place = place
        self.lease = lease
    }
}

/// How far a decision has come without waiting.
package enum JointStep: Sendable {
    case decided(JointAnswer)
    /// One plan for each policy, to be handed to ``JointLimiter/finish(_:holdsSlots:)``.
    case planned([ChargePlan])
}

extension JointDecision {
    /// The one decision that the parts come to: of those that deny the one with the longest wait, else the tightest.
    package var answer: JointAnswer {
        var chosen = 0
        for place in parts.indices.dropFirst() where parts[place].decision.outweighs(parts[chosen].decision) {
            chosen = place
        }
        return JointAnswer(parts[chosen].decision, place: chosen, lease: lease)
    }
}

extension Decision {
    fileprivate func outweighs(_ other: Decision) -> Bool {
        switch (self, other) {
        case (.denied, .allowed): true
        case (.allowed, .denied): false
        // Never, told as a negative number, is longer than any wait.
        case (.denied(let own), .denied(let other)):
            UInt64(bitPattern: own.retryAfterNanoseconds) > UInt64(bitPattern: other.retryAfterNanoseconds)
        case (.allowed(let own), .allowed(let other)): own.remaining < other.remaining
        }
    }
}

extension PolicyHandle {
    /// The keys that the policy's rules, conditions and lists speak of, each once.
    package var keys: [DescriptorKey] { compiled.keys }

    /// Plans a request.
    /// - Parameter values: One for each of ``keys``.
    /// - Throws: ``SluiceError``; see ``Limiter/decide(_:_:cost:at:)``.
    package func plan(_ values: UnsafePointer<ValueBytes>, cost: Int64) throws(SluiceError) -> ChargePlan {
        try compiled.plan(values, .charge, cost: cost)
    }
}
