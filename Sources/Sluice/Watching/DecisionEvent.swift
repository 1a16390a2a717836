/// A decision, as those are told who watch decisions being made.
public struct DecisionEvent: Sendable, Hashable {
    /// When.
    public var time: Timestamp
    /// The policy that was asked.
    public var policy: String
    /// The rule that decided; empty if a list did, or no rule applied.
    public var rule: String
    /// What has come of it.
    public var outcome: CountedOutcome
    /// Who asked, by the values that the rule counts by, such as `user=42`; or 16 hexadecimal digits of their hash,
    /// where callers are not to be named.
    public var caller: String
    /// What it cost.
    public var cost: Int64
    /// The rule's limit; `nil` if no rule decided.
    public var limit: Int64?
    /// What remains of it; `nil` if no rule decided.
    public var remaining: Int64?
    /// In how long it passes; `nil` if it has, or never will.
    public var retryAfter: Duration?
    /// Whether it was decided without the store that instances share.
    public var isDegraded: Bool
}

/// Which decisions somebody wants to be told of.
package struct EventFilter: Sendable, Hashable {
    package var policy: String?
    package var rule: String?
    package var outcomes: Set<CountedOutcome>
    /// What the caller's name begins with.
    package var callerPrefix: String?

    package init(
        policy: String? = nil, rule: String? = nil, outcomes: Set<CountedOutcome>, callerPrefix: String? = nil
    ) {
        self.policy = policy
        self.rule = rule
        self.outcomes = outcomes
        self.callerPrefix = callerPrefix
    }

    package func accepts(_ event: DecisionEvent) -> Bool {
        outcomes.contains(event.outcome) && (policy ?? event.policy) == event.policy
            && (rule ?? event.rule) == event.rule && event.caller.hasPrefix(callerPrefix ?? "")
    }
}
