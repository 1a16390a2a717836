/// One rule's part in a request that a store elsewhere decides: the cell it counts in, its limit, its cost.
///
/// Sendable: it points to limits that never change; the ``ChargePlan`` it belongs to keeps them alive.
package struct PlannedCharge: @unchecked Sendable {
    /// The cell. A penalty counts in ``CellKey/penalty`` of it.
    package let key: CellKey
    /// Units that the request charges to this rule.
    package let cost: Int64
    /// Whether a denial by this rule is told but does not hold.
    package let isShadow: Bool
    /// Whether a denial by this rule holds only if all alternatives of the request deny.
    package let isAlternative: Bool
    /// The rule's place in its policy.
    package let ruleIndex: Int
    /// How much of the limit an instance takes ahead, if the rule says so.
    package let borrowing: Rule.Borrowing?
    /// The rule's penalty in the form of a limit.
    package let penalty: UnsafePointer<CompiledLimit>?
    let rule: UnsafePointer<CompiledRule>?
    /// The limit, and what penalties shrink it to; all the same where there is no such penalty.
    let steps: UnsafePointer<UnsafePointer<CompiledLimit>>

    /// How many steps a penalty can shrink a limit, and the limit itself.
    package static let levels = CompiledRule.LimitSteps.count

    init(_ charge: Charge, key: CellKey) {
        self.key = key
        cost = charge.cost
        isShadow = charge.rule.pointee.isShadow
        isAlternative = charge.rule.pointee.isAlternative
        ruleIndex = charge.rule.pointee.index
        borrowing = charge.rule.pointee.borrowing
        penalty = charge.rule.pointee.penalty
        rule = charge.rule
        steps = UnsafePointer(charge.steps.steps)
    }

    /// A charge without a rule, whose limit came with the request.
    init(throttling key: CellKey, cost: Int64, by limit: UnsafePointer<UnsafePointer<CompiledLimit>>) {
        self.key = key
        self.cost = cost
        isShadow = false
        isAlternative = false
        ruleIndex = 0
        borrowing = nil
        penalty = nil
        rule = nil
        steps = limit
    }

    /// The same at another cost.
    package func costing(_ cost: Int64) -> PlannedCharge { PlannedCharge(self, cost: cost) }

    private init(_ other: PlannedCharge, cost: Int64) {
        key = other.key
        self.cost = cost
        isShadow = other.isShadow
        isAlternative = other.isAlternative
        ruleIndex = other.ruleIndex
        borrowing = other.borrowing
        penalty = other.penalty
        rule = other.rule
        steps = other.steps
    }

    /// The limit as it stands after `level` halvings, 0 to 4.
    package func limit(shrunkTo level: Int = 0) -> UnsafePointer<CompiledLimit> { steps[level] }

    /// Whether these are the limits that apply.
    func hasLimits(_ limits: CompiledRule.LimitSteps) -> Bool { UnsafePointer(limits.steps) == steps }

    /// Whether the limits differ from level to level.
    package var canShrink: Bool { penalty?.pointee.extends ?? false }
}
