import NIOCore
public import Sluice

/// A policy looked up once, for where it is hot.
///
/// After a reload a handle decides by the policies then in force, but looks its policy up by name each time.
public struct SharedPolicy: PolicyHandleProtocol {
    let limiter: SharedLimiter
    package let handle: PolicyHandle

    /// The policy's name.
    public var name: String { handle.name }
    /// The policy as it was when the handle was made.
    public var policy: Policy { handle.policy }
    /// Whether no reload has happened since the lookup.
    public var isCurrent: Bool { handle.isCurrent }

    /// Decides and charges all rules that apply, or none.
    /// - Parameter cost: 0 only looks.
    /// - Throws: `SluiceError` for an oversized descriptor, a negative cost, or a key that a strict policy misses.
    public func decide(_ descriptor: Descriptor, cost: Int64 = 1) async throws(SluiceError) -> Decision {
        let plan = try handle.plan(descriptor, cost: cost)
        return try await limiter.ask(plan, .decide(isObserved: false)).decision
    }

    /// Whether a request would pass now. Charges nothing.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``.
    public func peek(_ descriptor: Descriptor, cost: Int64 = 1) async throws(SluiceError) -> Decision {
        try await limiter.ask(try handle.plan(descriptor, cost: cost), .peek).decision
    }

    /// Gives `cost` back to every rule that applies, never beyond full.
    /// - Returns: What a peek says then.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``. With the code `storeFailed` Redis may not have taken it.
    public func refund(_ descriptor: Descriptor, cost: Int64 = 1) async throws(SluiceError) -> Decision {
        _ = try await limiter.ask(try handle.plan(descriptor, cost: cost), .refund)
        return try await peek(descriptor)
    }

    /// Forgets what a descriptor has used and its penalties.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``. With the code `storeFailed` Redis may not have taken it.
    public func reset(_ descriptor: Descriptor) async throws(SluiceError) {
        _ = try await limiter.ask(try handle.plan(descriptor, .reset, cost: 1), .reset)
    }

    /// Decides, or with `charging: false` only looks, and tells what each rule that applies says by itself.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``.
    public func explain(
        _ descriptor: Descriptor, cost: Int64 = 1, charging: Bool = true
    ) async throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) {
        let plan = try handle.plan(descriptor, cost: cost)
        let answer = try await limiter.ask(plan, charging ? .decide(isObserved: true) : .peek)
        return (answer.decision, answer.rules)
    }

    /// Decides, and takes a slot of each concurrency rule if the request is allowed.
    ///
    /// A lease whose holder dies comes back when it runs out.
    /// - Returns: The decision, and the lease if a slot was taken.
    /// - Throws: `SluiceError`; see ``decide(_:cost:)``. With the code `unsupported` the policy has no concurrency
    ///   rule.
    public func acquire(
        _ descriptor: Descriptor, cost: Int64 = 1
    ) async throws(SluiceError) -> (decision: Decision, lease: Lease?) {
        let plan = try handle.leasePlan(descriptor, cost: cost)
        let answer = try await limiter.ask(plan, .acquire(lease: .random(in: .min ... .max)))
        return (answer.decision, answer.lease)
    }
}
