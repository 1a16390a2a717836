/// Plans of several policies that are decided in one step.
package struct JointPlan: Sendable {
    /// The most cells that one request may speak of.
    package static let maximumCharges = 128

    /// What each part would ask by itself.
    package let plans: [ChargePlan]
    /// What is asked: a cell that several parts count in once, for the sum of their costs.
    package private(set) var charges: [PlannedCharge] = []
    /// Which of the charges each part is about.
    private var places: [[Int]] = []
    /// The policy of each charge.
    let policyNames: [String]

    /// - Throws: `SluiceError` for more than ``maximumCharges`` cells.
    package init(_ plans: [ChargePlan]) throws(SluiceError) {
        self.plans = plans
        var names: [String] = []
        for plan in plans {
            var own: [Int] = []
            for charge in plan.charges {
                own.append(Self.add(charge, to: &charges))
                if charges.count > names.count { names.append(plan.policyName) }
            }
            places.append(own)
        }
        policyNames = names
        guard charges.count <= Self.maximumCharges else {
            throw SluiceError(
                .invalidDescriptor,
                "the request speaks of \(charges.count) limits; \(Self.maximumCharges) are the most, send several")
        }
    }

    /// Whether a policy's own list denies: then nothing is charged, whatever the limits say.
    package var isListed: Bool {
        plans.contains { $0.settled?.isAllowed == false }
    }

    /// What keeps the limits alive that the charges point to.
    package var owner: AnyObject? { JointOwner(plans) }

    private static func add(_ charge: PlannedCharge, to charges: inout [PlannedCharge]) -> Int {
        guard let known = charges.firstIndex(where: { $0.key == charge.key }) else {
            charges.append(charge)
            return charges.count - 1
        }
        // Where two descriptors find other numbers for one cell, the tighter ones hold.
        let cost = charges[known].cost.saturatingAdding(charge.cost)
        let isTighter = charge.limit().pointee.capacity < charges[known].limit().pointee.capacity
        charges[known] = (isTighter ? charge : charges[known]).costing(cost)
        return known
    }

    /// The decision that follows from what a store elsewhere says of each charge.
    package func decision(_ verdicts: [ChargeVerdict]) -> JointDecision {
        precondition(verdicts.count == charges.count, "a verdict for each charge")
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, charges.count)) { buffer in
            for (index, charge) in charges.enumerated() {
                guard let rule = charge.rule else { preconditionFailure("a throttle is not decided together") }
                buffer.initializeElement(at: index, to: Charge(charge, of: rule, verdicts[index]))
            }
            return decision(UnsafeMutableBufferPointer(rebasing: buffer[..<charges.count]))
        }
    }

    /// The lease of the concurrency rules whose slot was taken; `nil` if there is none of them.
    package func lease(id: UInt64, _ verdicts: [ChargeVerdict]) -> Lease? {
        let held = zip(charges, verdicts).filter { $0.limit().pointee.algorithm == .concurrency && $1.denial == nil }
        guard let duration = held.map({ $0.0.limit().pointee.period }).min() else { return nil }
        return Lease(id: id, keys: held.map(\.0.key), durationNanoseconds: duration)
    }

    /// The decision of a request of one part, as it was told before.
    package func decision(repeating known: Decision) -> JointDecision {
        let charge = plans[0].charges.first { $0.rule?.pointee.name == known.rule }
        var part = JointDecision.Part(decision: known)
        part.count = charge?.limit().pointee.count ?? 0
        part.periodNanoseconds = charge?.limit().pointee.period ?? 0
        return JointDecision(isAllowed: known.isAllowed, parts: [part])
    }

    /// - Parameter judgedPlaces: Which of the charges those are that were judged; the others count for nothing.
    func decision(
        _ judged: UnsafeMutableBufferPointer<Charge>, at judgedPlaces: [Int]? = nil
    ) -> JointDecision {
        let parts = zip(plans, places).map { plan, places in
            let own = judgedPlaces.map { known in places.compactMap { known.firstIndex(of: $0) } } ?? places
            return part(plan, own.map { judged[$0] })
        }
        return JointDecision(isAllowed: !isListed && !Opinion(judged).isDenied, parts: parts)
    }

    private func part(_ plan: ChargePlan, _ charges: [Charge]) -> JointDecision.Part {
        if let settled = plan.settled { return JointDecision.Part(decision: settled) }
        var charges = charges
        return charges.withUnsafeMutableBufferPointer { own in
            var decision = Decision.of(own, isDenied: Opinion(own).isDenied).decision
            // Where only shadows apply, the first of them has the numbers to tell.
            let isTrial = decision.rule == nil && !own.isEmpty
            if isTrial { decision = own[0].trial(decision.shadowDeniedBy) }
            var part = JointDecision.Part(decision: decision)
            part.isTrial = isTrial
            if let charge = own.first(where: { $0.rule.pointee.name == decision.rule }) {
                part.count = charge.limit.pointee.count
                part.periodNanoseconds = charge.limit.pointee.period
            }
            return part
        }
    }
}

extension Charge {
    /// What a shadow says: how it stands, but the request passes.
    fileprivate func trial(_ denying: RuleName?) -> Decision {
        .allowed(
            Pass(
                rule: rule.pointee.name, limit: limit.pointee.capacity, remaining: max(0, verdict.remaining),
                resetAfterNanoseconds: verdict.resetAfter, shadowDeniedBy: denying))
    }
}

/// Sendable: plans are, and it changes nothing.
private final class JointOwner: Sendable {
    private let plans: [ChargePlan]

    init(_ plans: [ChargePlan]) { self.plans = plans }
}
