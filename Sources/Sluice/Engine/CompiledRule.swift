/// A rule in the form in which it is decided.
struct CompiledRule {
    let name: RuleName
    let index: Int
    let isShadow: Bool
    /// Whether it denies only together with all other alternatives of the request.
    let isAlternative: Bool
    let fixedCost: Int64
    /// How much of its limit an instance takes ahead from a shared store.
    let borrowing: Rule.Borrowing?
    /// Which of the policy's lists of keys the rule counts by.
    let group: Int
    /// The rule's mark on the keys of its cells.
    let tag: UInt64
    /// The rules that this one switches off, a bit each.
    let replaces: UInt64
    let limits: LimitSteps
    let hasCondition: Bool
    let condition: CompiledCondition
    let hasOverrides: Bool
    let overrides: [(condition: CompiledCondition, limits: LimitSteps)]
    /// Where what becomes of requests is counted.
    let counter: RuleCounter
    /// The same of what no rule decides.
    let policyCounter: RuleCounter
    /// The rule's penalty in the form of a limit.
    let penalty: UnsafePointer<CompiledLimit>?
    /// Whether it can be closed for a key by hand.
    let canBeHeld: Bool

    /// A limit, and what penalties shrink it to.
    struct LimitSteps {
        /// The limit itself, then halved once, twice, …; all the same without such a penalty.
        let steps: UnsafeMutablePointer<UnsafePointer<CompiledLimit>>

        static let count = 5
    }

    init(_ rule: Rule, in policy: Policy, keys: [DescriptorKey], group: Int, store: MemoryStore) throws(SluiceError) {
        let called = "policy '\(policy.name)', rule '\(rule.name)'"
        guard rule.keys.count <= Descriptor.maximumEntries, Set(rule.keys).count == rule.keys.count else {
            throw SluiceError(
                .invalidPolicy, "\(called): counts by a key twice, or by more than \(Descriptor.maximumEntries)")
        }
        if let cost = rule.cost, !(1...CompiledLimit.mostCount).contains(cost) {
            throw SluiceError(.invalidPolicy, "\(called): the cost is \(cost); it must be at least 1")
        }
        try Self.check(rule.penalty, called)
        if let fault = rule.borrowingFault { throw SluiceError(.invalidPolicy, "\(called): \(fault)") }
        let limits = try Self.steps(rule.limit, rule.penalty, called, store)
        var overrides: [(condition: CompiledCondition, limits: LimitSteps)] = []
        for override in rule.overrides {
            let steps = try Self.steps(override.limit, rule.penalty, called, store)
            overrides.append((CompiledCondition(override.condition, keys), steps))
        }
        var penalty: UnsafePointer<CompiledLimit>?
        if let own = rule.penalty {
            let id = try store.registry.register(.penalty(own, of: rule.limit), called: called)
            penalty = store.registry.limit(id)
        }
        name = RuleName(rule.name)
        index = policy.rules.firstIndex { $0.name == rule.name }!
        isShadow = rule.mode == .shadow
        isAlternative = rule.isAlternative && rule.mode != .shadow
        fixedCost = rule.cost ?? 0
        borrowing = rule.borrow
        self.group = group
        tag = CellKey.tag(ofRule: rule.name)
        replaces = policy.rules.enumerated().reduce(0) { bits, other in
            rule.replaces.contains(other.element.name) ? bits | 1 << UInt64(other.offset) : bits
        }
        self.limits = limits
        condition = CompiledCondition(rule.condition, keys)
        hasCondition = !rule.condition.terms.isEmpty
        self.overrides = overrides
        hasOverrides = !overrides.isEmpty
        self.penalty = penalty
        canBeHeld = rule.canBeHeld
        counter = store.counters.counter(policy: policy.name, rule: rule.name)
        policyCounter = store.counters.counter(policy: policy.name, rule: "")
    }

    func deallocate() {
        limits.steps.deallocate()
        for override in overrides { override.limits.steps.deallocate() }
    }

    /// Whether nothing but its limit decides.
    var isPlain: Bool {
        !isShadow && !hasCondition && !hasOverrides && penalty == nil && fixedCost == 0
            && !limits.steps[0].pointee.usesSlab
    }

    /// The limit that applies to the request.
    @inline(__always)
    func limits(for values: UnsafePointer<ValueBytes>) -> LimitSteps {
        guard hasOverrides else { return limits }
        return overrides.first { $0.condition.isMet(by: values) }?.limits ?? limits
    }

    private static func check(_ penalty: Penalty?, _ called: String) throws(SluiceError) {
        guard let penalty else { return }
        func fail(_ message: String) throws(SluiceError) -> Never {
            throw SluiceError(.invalidPolicy, "\(called): \(message)")
        }
        guard penalty == .onHold || (1...CompiledLimit.penaltyMostDenials).contains(penalty.denials) else {
            try fail("a penalty comes after 1 to \(CompiledLimit.penaltyMostDenials) denials, not \(penalty.denials)")
        }
        var spans = [penalty.window ?? .seconds(1)]
        switch penalty.kind {
        case .ban(let duration, let maximum):
            spans += [duration, maximum]
            guard maximum >= duration else { try fail("the longest ban is shorter than the first") }
        case .shrink(let recovery): spans.append(recovery)
        }
        for span in spans where span <= .zero || span.wholeNanoseconds > CompiledLimit.longestPeriod {
            try fail("a penalty's spans must be longer than zero and shorter than a hundred years")
        }
    }

    private static func steps(
        _ limit: Limit, _ penalty: Penalty?, _ called: String, _ store: MemoryStore
    ) throws(SluiceError) -> LimitSteps {
        // Without a penalty that shrinks it, every step is the limit itself.
        var ids = Array(repeating: try store.registry.register(.limit(limit), called: called), count: LimitSteps.count)
        if case .shrink? = penalty?.kind, limit.algorithm != .unlimited {
            for step in 1..<LimitSteps.count {
                var shrunk = limit
                shrunk.count = max(1, limit.count >> Int64(step))
                shrunk.burst = max(1, limit.burst >> Int64(step))
                ids[step] = try store.registry.register(.limit(shrunk), called: called)
            }
        }
        let steps = UnsafeMutablePointer<UnsafePointer<CompiledLimit>>.allocate(capacity: LimitSteps.count)
        for (index, id) in ids.enumerated() { (steps + index).initialize(to: store.registry.limit(id)) }
        return LimitSteps(steps: steps)
    }
}
