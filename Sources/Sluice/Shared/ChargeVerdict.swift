/// What a store elsewhere says of one charge.
package struct ChargeVerdict: Hashable, Sendable {
    /// Why it does not pass; `nil` if it does.
    package var denial: Denial.Reason?
    /// How many calls of cost 1 pass now, after the charge if there was one.
    package var remaining: Int64
    /// Nanoseconds; 0 when it passes, negative when it never will.
    package var retryAfterNanoseconds: Int64
    /// Nanoseconds.
    package var resetAfterNanoseconds: Int64
    /// How many times a penalty had halved the limit, 0 to 4.
    package var shrinkLevel: Int

    package init(
        denial: Denial.Reason?, remaining: Int64, retryAfterNanoseconds: Int64, resetAfterNanoseconds: Int64,
        shrinkLevel: Int = 0
    ) {
        self.denial = denial
        self.remaining = remaining
        self.retryAfterNanoseconds = retryAfterNanoseconds
        self.resetAfterNanoseconds = resetAfterNanoseconds
        self.shrinkLevel = shrinkLevel
    }
}

extension Charge {
    /// The charge as the store elsewhere has judged it.
    init(_ planned: PlannedCharge, of rule: UnsafePointer<CompiledRule>, _ said: ChargeVerdict) {
        self.rule = rule
        key = planned.key
        cost = planned.cost
        steps = rule.pointee.limits
        limit = planned.limit(shrunkTo: said.shrinkLevel)
        verdict = Verdict(
            isAllowed: said.denial == nil, reason: said.denial ?? .limited, remaining: said.remaining,
            retryAfter: said.retryAfterNanoseconds, resetAfter: said.resetAfterNanoseconds)
        place = 0
    }
}
