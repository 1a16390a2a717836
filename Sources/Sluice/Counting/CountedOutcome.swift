/// What becomes of a request, as it is counted.
///
/// Each decision is ``allowed``, ``denied`` or ``impossible``, once, at the rule that decided. The others are counted
/// besides.
public enum CountedOutcome: String, CaseIterable, Sendable, Hashable {
    /// It passed; at the rule with the least left.
    case allowed
    /// It has to wait, or may not pass at all; at the rule with the longest wait.
    case denied
    /// It costs more than the rule can ever hold.
    case impossible
    /// A rule in shadow mode would have denied it.
    case shadowDenied = "shadow_denied"
    /// It was decided without the store that instances share.
    case degraded

    /// Its place among the counts of a rule.
    @inline(__always) var place: Int {
        switch self {
        case .allowed: 0
        case .denied: 1
        case .impossible: 2
        case .shadowDenied: 3
        case .degraded: 4
        }
    }
}

/// How often each outcome came of a rule since the store was made.
public struct RuleCount: Sendable, Hashable {
    /// The policy's name.
    public var policy: String
    /// The rule's name; empty where a list decided or no rule applied.
    public var rule: String
    private var counts: [UInt64]
    /// After how many allowed decisions how much of the limit was used: at most an eighth, two eighths, up to all.
    ///
    /// Of each rule's decisions in memory, one in sixteen is looked at.
    public var used: [UInt64]

    init(policy: String, rule: String, counts: [UInt64], used: [UInt64]) {
        self.policy = policy
        self.rule = rule
        self.counts = counts
        self.used = used
    }

    /// Of a rule that has not decided anything.
    package init(policy: String, rule: String) {
        self.init(
            policy: policy, rule: rule, counts: Array(repeating: 0, count: CountedOutcome.allCases.count),
            used: Array(repeating: 0, count: RuleCounter.uses))
    }

    /// How often an outcome came.
    public subscript(outcome: CountedOutcome) -> UInt64 { counts[outcome.place] }
}

extension Decision {
    /// As what it is counted.
    package var counted: CountedOutcome {
        switch self {
        case .allowed: .allowed
        case .denied(let denial): denial.reason == .impossible ? .impossible : .denied
        }
    }
}
