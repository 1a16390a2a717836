internal import HTTPTypes
package import Sluice

/// The response fields `RateLimit-Policy`, `RateLimit` and `Retry-After` of one decision
/// (draft-ietf-httpapi-ratelimit-headers, RFC 9651, RFC 9110 section 10.2.3).
package struct RateLimitFields {
    /// What the fields say of one rule.
    struct Item {
        var rule: RuleFields
        var limit: Int64
        var remaining: Int64
        /// `t`: in how many seconds there is more; on a denial never later than `Retry-After`.
        var seconds: Int64?

        /// `nil` for a rule without a limit.
        init?(_ rule: RuleFields, _ decision: Decision, in whole: Decision) {
            guard decision.limit != Decision.unlimited else { return nil }
            self.rule = rule
            limit = decision.limit
            remaining = max(0, decision.remaining)
            switch decision {
            case .denied(let denial): seconds = (denial.retryAfter ?? denial.resetAfter).secondsToWait
            case .allowed(let pass): seconds = whole.isAllowed ? pass.resetAfter.secondsRoundedUp : nil
            }
        }
    }

    private var first: Item?
    private var others: [Item] = []
    /// Whole seconds, at least 1; `nil` when the request may pass or never will.
    package var retryAfter: Int64?

    /// The fields of a decision, about the rule it names.
    package init(_ decision: Decision, of policy: PolicyFields) {
        if let rule = decision.rule { first = Item(policy.rule(rule), decision, in: decision) }
        if case .denied(let denial) = decision { retryAfter = denial.retryAfter?.secondsToWait }
    }

    /// The fields of a decision, about each of these rules that is enforced.
    package init(_ decision: Decision, of policy: PolicyFields, rules: [RuleOutcome]) {
        let items = rules.filter { $0.mode == .enforce }
            .compactMap { Item(policy.rule($0.rule), $0.decision, in: decision) }
        first = items.first
        others = Array(items.dropFirst())
        if case .denied(let denial) = decision { retryAfter = denial.retryAfter?.secondsToWait }
    }

    /// The fields of a request that several policies decide together, about the rule that each of them names.
    package init(_ parts: [(decision: Decision, policy: PolicyFields)], isAllowed: Bool) {
        // A part that could have passed tells of no time when another one keeps the request from passing.
        let denied = isAllowed ? nil : parts.first { !$0.decision.isAllowed }?.decision
        let items = parts.compactMap { part in
            part.decision.rule.flatMap { Item(part.policy.rule($0), part.decision, in: denied ?? part.decision) }
        }
        first = items.first
        others = Array(items.dropFirst())
        guard !isAllowed else { return }
        let waits = parts.filter { !$0.decision.isAllowed }.map { $0.decision.retryAfter }
        if !waits.contains(nil) { retryAfter = waits.compactMap(\.self).max()?.secondsToWait }
    }

    /// Whether `RateLimit` and `RateLimit-Policy` are to be sent.
    package var hasItems: Bool { first != nil }

    /// Writes the value of `RateLimit-Policy`, such as `"burst";q=100;w=60`.
    package func writePolicy(into buffer: inout ByteWriter) {
        write(into: &buffer) { $1.rule.writePolicy(of: $1.limit, into: &$0) }
    }

    /// Writes the value of `RateLimit`, such as `"burst";r=50;t=30`.
    package func writeState(into buffer: inout ByteWriter) {
        write(into: &buffer) { buffer, item in
            buffer.write(item.rule.structured)
            buffer.write(";r=")
            buffer.writeDecimal(item.remaining.inStructuredFields)
            if let seconds = item.seconds {
                buffer.write(";t=")
                buffer.writeDecimal(seconds.inStructuredFields)
            }
        }
    }

    /// The whole `RateLimit-Policy`, if it was put together before.
    var knownPolicyField: HTTPField? { others.isEmpty ? first.flatMap { $0.rule.policyField(of: $0.limit) } : nil }

    @inline(__always)
    private func write(into buffer: inout ByteWriter, _ writeItem: (inout ByteWriter, Item) -> Void) {
        guard let first else { return }
        writeItem(&buffer, first)
        for item in others {
            buffer.write(", ")
            writeItem(&buffer, item)
        }
    }
}

extension Duration {
    /// Whole seconds after which a retry passes: rounded up, and never 0, which would say "at once".
    fileprivate var secondsToWait: Int64 { max(1, secondsRoundedUp) }
}
