package import Sluice
package import Tracing

extension SpanAttributes {
    /// What was decided, and by which rule. Callers' values are not told.
    package mutating func set(_ decision: Decision, policy: String?) {
        if let policy { self["sluice.policy"] = policy }
        self["sluice.outcome"] = decision.counted.rawValue
        if let rule = decision.rule { self["sluice.rule"] = rule.description }
        if decision.limit != Decision.unlimited {
            self["sluice.limit"] = decision.limit
            self["sluice.remaining"] = decision.remaining
        }
        if case .denied(let denial) = decision {
            self["sluice.reason"] = denial.reason.word
            if let wait = denial.retryAfter { self["sluice.retry_after"] = wait / .seconds(1) }
        }
        if let shadow = decision.shadowDeniedBy { self["sluice.shadow_denied_by"] = shadow.description }
        if decision.isDegraded { self["sluice.degraded"] = true }
    }
}
