/// What one descriptor of a request asks: a policy, whom it is about, what it costs there.
package struct JointPart: Sendable {
    package var policy: PolicyHandle
    package var descriptor: Descriptor
    /// 0 only looks.
    package var cost: Int64

    package init(_ policy: PolicyHandle, _ descriptor: Descriptor, cost: Int64 = 1) {
        self.policy = policy
        self.descriptor = descriptor
        self.cost = cost
    }
}

/// What several descriptors of a request are told together.
package struct JointDecision: Sendable {
    /// What one of them is told.
    package struct Part: Sendable {
        /// What it says by itself; nothing is charged to it either when another one denies.
        package var decision: Decision
        /// How many may pass in a period of the limit that decided; 0 if none applied.
        package var count: Int64 = 0
        /// That limit's period in nanoseconds; 0 if it has none.
        package var periodNanoseconds: Int64 = 0

        /// Whether only shadows apply: what they say is told but does not hold.
        package var isTrial = false

        package init(decision: Decision) { self.decision = decision }
    }

    /// Whether the request may pass: then every part was charged, else none.
    package var isAllowed: Bool
    /// In the order of the request.
    package var parts: [Part]
    /// The slots that were taken, if that was asked for.
    package var lease: Lease?

    package init(isAllowed: Bool, parts: [Part]) {
        self.isAllowed = isAllowed
        self.parts = parts
    }
}

/// Who decides requests of several descriptors in one step: ``Limiter`` in memory, others elsewhere.
package protocol JointLimiter: Sendable {
    /// Knows the policies.
    var planning: Limiter { get }

    /// Decides all parts, charging all of them or none. A cell that several parts count in is charged their sum.
    /// - Throws: `SluiceError` for a cost or descriptor out of bounds, or parts that speak of more than
    ///   ``JointPlan/maximumCharges`` cells.
    func decide(_ parts: [JointPart]) async throws(SluiceError) -> JointDecision

    /// Decides a request by several policies in one step, if that can be done without waiting.
    ///
    /// All rules of all policies are charged or none; a policy whose own list lets the request pass counts for nothing.
    /// - Parameter holdsSlots: Whether a slot of each concurrency rule is to be taken.
    /// - Precondition: At most ``JointQuestion/maximum`` questions, each of another policy.
    /// - Throws: `SluiceError` for a cost out of bounds, or a key that a strict policy misses.
    func begin(
        _ questions: UnsafeBufferPointer<JointQuestion>, holdsSlots: Bool
    ) throws(SluiceError) -> JointStep
    /// Decides what ``begin(_:holdsSlots:)`` could not without waiting.
    /// - Throws: `SluiceError` for more than ``JointPlan/maximumCharges`` cells.
    func finish(_ plans: [ChargePlan], holdsSlots: Bool) async throws(SluiceError) -> JointAnswer
}
