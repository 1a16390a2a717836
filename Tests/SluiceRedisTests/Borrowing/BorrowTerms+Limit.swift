import Sluice

@testable import SluiceRedis

extension BorrowTerms {
    /// The terms of a rule of this limit.
    init?(_ borrowing: Rule.Borrowing, _ limit: Limit) throws {
        let plan = try Limiter([Policy("p", rules: [Rule("r", limit, borrow: borrowing)])]).policy("p").plan(
            [:], cost: 1)
        // The charges point into what the plan keeps.
        let terms = withExtendedLifetime(plan) { BorrowTerms(borrowing, of: plan.charges[0]) }
        guard let terms else { return nil }
        self = terms
    }
}
