extension Denial {
    /// A denial from its parts, for stores that remember one.
    /// - Parameter retryAfter: Nanoseconds; negative when it never passes.
    package init(
        _ reason: Reason, by rule: RuleName?, limit: Int64, remaining: Int64 = 0, retryAfter: Int64,
        resetAfter: Int64, degraded: Bool = false
    ) {
        self.init(
            reason: reason, rule: rule, limit: limit, remaining: remaining, retryAfterNanoseconds: retryAfter,
            resetAfterNanoseconds: resetAfter, shadowDeniedBy: nil, isDegraded: degraded)
    }

    /// Nanoseconds until the same request passes; negative when it never does.
    package var nanosecondsToRetry: Int64 { retryAfterNanoseconds }

    /// Nanoseconds until the limit is whole again.
    package var nanosecondsToReset: Int64 { resetAfterNanoseconds }
}
