public import Sluice

/// What the oracle says a decision must be.
public struct ExpectedDecision: Sendable, CustomStringConvertible {
    /// Why the request is denied; `nil` when it is allowed.
    public var reason: Denial.Reason?
    /// The rules that may be named: those that tie for least remaining or for longest retry after.
    public var candidates: [Candidate]
    /// The first shadow rule that would have denied.
    public var shadowDeniedBy: String?

    /// One rule that may be named, with the numbers that go with it.
    public struct Candidate: Sendable, Hashable {
        /// The rule's name; `nil` when none applied.
        public var rule: String?
        /// Its limit.
        public var limit: Int64
        /// How many calls of cost 1 pass now.
        public var remaining: Int64
        /// In how many nanoseconds the request passes; `nil` if it never does.
        public var retryAfter: Int64?
        /// In how many nanoseconds the limit is whole again.
        public var resetAfter: Int64
    }

    /// What differs between this and a decision; `nil` if nothing does.
    public func mismatch(with decision: Decision) -> String? {
        let found = Candidate(decision)
        var reason: Denial.Reason?
        if case .denied(let denial) = decision { reason = denial.reason }
        if reason != self.reason { return "expected \(self), got \(reason?.rawValue ?? "allowed") \(found)" }
        if !candidates.contains(found) { return "expected \(self), got \(found)" }
        let shadow = decision.shadowDeniedBy?.description
        if shadow != shadowDeniedBy {
            return "expected shadow denial by \(shadowDeniedBy ?? "none"), got \(shadow ?? "none")"
        }
        return decision.isDegraded ? "degraded without a fault" : nil
    }

    public var description: String {
        let verdict = reason?.rawValue ?? "allowed"
        return "\(verdict) \(candidates.map(\.description).joined(separator: " or "))"
    }
}

extension ExpectedDecision.Candidate: CustomStringConvertible {
    init(_ decision: Decision) {
        self.init(
            rule: decision.rule?.description, limit: decision.limit, remaining: decision.remaining,
            retryAfter: decision.retryAfter?.wholeNanoseconds, resetAfter: decision.resetAfter.wholeNanoseconds)
    }

    public var description: String {
        let retry = retryAfter.map { "\($0) ns" } ?? "never"
        return "[\(rule ?? "no rule"), limit \(limit), remaining \(remaining), retry \(retry), reset \(resetAfter) ns]"
    }
}
