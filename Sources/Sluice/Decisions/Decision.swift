/// Allowed or denied, by which rule, and when to come back.
///
/// A trivial value: copying one costs no reference counting.
public enum Decision: Hashable, Sendable {
    case allowed(Pass)
    case denied(Denial)

    /// Whether the request may pass.
    public var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }

    /// The rule that denied, or else the one nearest to denying; `nil` when no rule applied.
    public var rule: RuleName? {
        switch self {
        case .allowed(let pass): pass.rule
        case .denied(let denial): denial.rule
        }
    }

    /// The limit of that rule; ``unlimited`` when no rule applied.
    public var limit: Int64 {
        switch self {
        case .allowed(let pass): pass.limit
        case .denied(let denial): denial.limit
        }
    }

    /// How many calls of cost 1 would pass now, as far as that rule goes.
    public var remaining: Int64 {
        switch self {
        case .allowed(let pass): pass.remaining
        case .denied(let denial): denial.remaining
        }
    }

    /// In how long that rule's limit is whole again.
    public var resetAfter: Duration {
        switch self {
        case .allowed(let pass): pass.resetAfter
        case .denied(let denial): denial.resetAfter
        }
    }

    /// In how long the same request would pass; zero when it passes now, `nil` when it never will.
    public var retryAfter: Duration? {
        switch self {
        case .allowed: .zero
        case .denied(let denial): denial.retryAfter
        }
    }

    /// The rule in shadow mode that would have denied the request, the first if several would.
    public var shadowDeniedBy: RuleName? {
        switch self {
        case .allowed(let pass): pass.shadowDeniedBy
        case .denied(let denial): denial.shadowDeniedBy
        }
    }

    /// Whether a store failed and the rule's failure choice decided instead.
    public var isDegraded: Bool {
        switch self {
        case .allowed(let pass): pass.isDegraded
        case .denied(let denial): denial.isDegraded
        }
    }

    /// The `limit` and `remaining` of a decision to which no rule applied.
    public static let unlimited = Int64.max
}

/// What an allowed request is told.
public struct Pass: Hashable, Sendable {
    /// The rule with the least remaining; `nil` when none applied.
    public var rule: RuleName?
    /// That rule's limit.
    public var limit: Int64
    /// How many more calls of cost 1 would pass now.
    public var remaining: Int64
    var resetAfterNanoseconds: Int64
    /// The rule in shadow mode that would have denied this request.
    public var shadowDeniedBy: RuleName?
    /// Whether a store failed and the rule's failure choice decided instead.
    public var isDegraded = false

    /// In how long the limit is whole again.
    public var resetAfter: Duration { .nanoseconds(resetAfterNanoseconds) }
}

/// What a denied request is told.
public struct Denial: Hashable, Sendable {
    /// Why a request is denied.
    public enum Reason: String, Hashable, Sendable {
        /// A limit is used up; it passes after `retryAfter`.
        case limited
        /// Its cost exceeds what the limit can ever hold; it never passes.
        case impossible
        /// The caller is banned by a rule's penalty.
        case banned
        /// The policy's deny list names the caller.
        case listed
        /// The store is full of callers who are being limited.
        case storeFull
        /// The store failed and the rule's failure choice is to deny.
        case storeFailed

        /// As it stands in JSON and on spans.
        package var word: String {
            switch self {
            case .limited: "limited"
            case .impossible: "impossible"
            case .banned: "banned"
            case .listed: "listed"
            case .storeFull: "store_full"
            case .storeFailed: "store_failed"
            }
        }
    }

    /// Why.
    public var reason: Reason
    /// The rule that denied, the one with the longest `retryAfter` if several did; `nil` for a deny list.
    public var rule: RuleName?
    /// That rule's limit.
    public var limit: Int64
    /// How many calls of cost 1 would pass now.
    public var remaining: Int64
    /// Negative when it never passes.
    var retryAfterNanoseconds: Int64
    var resetAfterNanoseconds: Int64
    /// The rule in shadow mode that would have denied this request too.
    public var shadowDeniedBy: RuleName?
    /// Whether a store failed and the rule's failure choice decided instead.
    public var isDegraded = false

    /// In how long the same request passes if nothing else is charged; `nil` when it never does.
    public var retryAfter: Duration? {
        retryAfterNanoseconds < 0 ? nil : .nanoseconds(retryAfterNanoseconds)
    }

    /// In how long the limit is whole again.
    public var resetAfter: Duration { .nanoseconds(resetAfterNanoseconds) }
}

/// What one rule says of a request, for those who ask for detail.
public struct RuleOutcome: Hashable, Sendable {
    /// The rule.
    public var rule: RuleName
    /// Whether its denial would hold.
    public var mode: Rule.Mode
    /// What it says by itself.
    public var decision: Decision
}
