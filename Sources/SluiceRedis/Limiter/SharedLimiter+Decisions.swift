public import Sluice

/// The calls of `Limiter`, decided on Redis.
extension SharedLimiter {
    /// Decides and charges all rules that apply, or none.
    /// - Parameter cost: 0 only looks.
    /// - Throws: `SluiceError` for an unknown policy, an oversized descriptor, a negative cost, or a key that a strict
    ///   policy misses. A store that fails is no error: the rules' failure choices decide.
    public func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1
    ) async throws(SluiceError) -> Decision {
        try await self.policy(policy).decide(descriptor, cost: cost)
    }

    /// Whether a request would pass now. Charges nothing.
    /// - Throws: `SluiceError`; see ``decide(_:_:cost:)``.
    public func peek(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1
    ) async throws(SluiceError) -> Decision {
        try await self.policy(policy).peek(descriptor, cost: cost)
    }

    /// Gives `cost` back to every rule that applies, never beyond full.
    /// - Returns: What a peek says then.
    /// - Throws: `SluiceError`; see ``decide(_:_:cost:)``. With the code `storeFailed` Redis may not have taken it.
    public func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1
    ) async throws(SluiceError) -> Decision {
        try await self.policy(policy).refund(descriptor, cost: cost)
    }

    /// Forgets what a descriptor has used and its penalties.
    /// - Throws: `SluiceError`; see ``decide(_:_:cost:)``. With the code `storeFailed` Redis may not have taken it.
    public func reset(_ policy: String, _ descriptor: Descriptor) async throws(SluiceError) {
        try await self.policy(policy).reset(descriptor)
    }

    /// Decides, or with `charging: false` only looks, and tells what each rule that applies says by itself.
    /// - Throws: `SluiceError`; see ``decide(_:_:cost:)``.
    public func explain(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, charging: Bool = true
    ) async throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) {
        try await self.policy(policy).explain(descriptor, cost: cost, charging: charging)
    }

    /// Waits until the request passes, for `longest` at most.
    ///
    /// Callers of this instance who wait for the same policy and descriptor are served in the order in which they
    /// came; between instances there is no order. At most 10,000 wait at once.
    /// - Returns: The decision that allowed the request; or the last denial, when the request can never pass or not
    ///   within `longest`.
    /// - Throws: `CancellationError`, or `SluiceError`; see ``decide(_:_:cost:)``.
    public func waitUntilAllowed(
        _ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, upTo longest: Duration
    ) async throws -> Decision {
        try await waiters.waitUntilAllowed(
            Waiters.Line(policy: policy, descriptor: descriptor), upTo: longest, time: time
        ) { [self] isLook in
            try await isLook
                ? peek(policy, descriptor, cost: cost) : decide(policy, descriptor, cost: cost)
        }
    }
}
