public import Sluice

/// Tells updates that another instance has taken, where several instances serve one bot.
public protocol UpdateClaims: Sendable {
    /// Takes an update; `false` if somebody has.
    /// - Throws: If it cannot be told. The update is handled then: twice is better than never.
    func claim(_ id: String) async throws -> Bool
}

/// Claims that are kept by a limiter: on Redis for all instances, each for as long as the rule says.
///
/// The policy has one rule, which counts by `update`: `Rule("once", by: "update", .cooldown(.hours(1)))`.
public struct LimiterClaims<Handle: PolicyHandleProtocol>: UpdateClaims {
    private let policy: Handle

    /// Claims by a policy.
    /// - Throws: `SluiceError` if there is no such policy.
    public init<Limiter: LimiterProtocol>(
        _ limiter: Limiter, _ policy: String
    ) throws(SluiceError) where Limiter.Handle == Handle {
        self.policy = try limiter.policy(policy)
    }

    public func claim(_ id: String) async throws -> Bool {
        if case .allowed = try await policy.decide(["update": id], cost: 1) { true } else { false }
    }
}
