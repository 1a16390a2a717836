public import Sluice

/// What is not asked but told: that a key is closed for a while, and what a call has really cost. All instances know.
extension SharedLimiter {
    /// Closes a rule for the descriptor's values: nothing passes it before `duration` is over, in any instance.
    ///
    /// Another instance that has just been told otherwise by Redis has asked before.
    /// - Throws: `SluiceError`; see ``SharedPolicy/hold(_:_:for:)``.
    public func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration
    ) async throws(SluiceError) {
        try await self.policy(policy).hold(rule, descriptor, for: duration)
    }

    /// Opens a rule again that was closed for the descriptor's values, by hand or by a penalty.
    ///
    /// Another instance may go on denying for as long as it remembers denials: 5 s at most.
    /// - Throws: `SluiceError`; see ``SharedPolicy/hold(_:_:for:)``.
    public func lift(_ policy: String, rule: String, _ descriptor: Descriptor) async throws(SluiceError) {
        try await self.policy(policy).lift(rule, descriptor)
    }

    /// Corrects a call that was charged `estimate` and has really cost `actual`, even beyond the limit.
    /// - Returns: What a peek says then.
    /// - Throws: `SluiceError`; see ``SharedPolicy/settle(_:estimate:actual:)``.
    public func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64
    ) async throws(SluiceError) -> Decision {
        try await self.policy(policy).settle(descriptor, estimate: estimate, actual: actual)
    }
}

extension SharedPolicy {
    /// Closes a rule for the descriptor's values: nothing passes it before `duration` is over, in any instance. It
    /// never shortens a hold that lasts longer.
    /// - Throws: `SluiceError` with the code `unsupported` for a rule that does not exist or that nobody can be banned
    ///   from, `missingKey` if it does not count the descriptor, `storeFailed` if Redis may not have taken it.
    public func hold(_ rule: String, _ descriptor: Descriptor, for duration: Duration) async throws(SluiceError) {
        let plan = try handle.holdPlan(rule, descriptor)
        let span = min(duration.wholeNanoseconds, Duration.days(36_525).wholeNanoseconds)
        guard span > 0 else { return }
        _ = try await limiter.ask(plan, .hold(microseconds: span.dividedRoundingUp(by: 1_000)))
    }

    /// Opens a rule again that was closed for the descriptor's values, by hand or by a penalty.
    /// - Throws: `SluiceError`; see ``hold(_:_:for:)``.
    public func lift(_ rule: String, _ descriptor: Descriptor) async throws(SluiceError) {
        _ = try await limiter.ask(try handle.holdPlan(rule, descriptor), .lift)
    }

    /// Corrects a call that was charged `estimate` and has really cost `actual`, even beyond the limit: what is beyond,
    /// later callers wait for. An estimate of 0 charges what nobody has asked for.
    /// - Returns: What a peek says then.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``. With the code `storeFailed` Redis may not have taken it.
    public func settle(
        _ descriptor: Descriptor, estimate: Int64, actual: Int64
    ) async throws(SluiceError) -> Decision {
        let plan = try handle.settlementPlan(descriptor, estimate: estimate, actual: actual)
        if plan.settled == nil { _ = try await limiter.ask(plan, actual > estimate ? .settle : .refund) }
        return try await peek(descriptor)
    }
}
