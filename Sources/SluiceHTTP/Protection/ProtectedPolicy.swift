package import Sluice
import SluiceTracing
internal import Synchronization

/// A policy as a middleware asks it: looked up once, and again when policies were replaced; with leases held while the
/// requests they were taken for go on.
package final class ProtectedPolicy: Sendable {
    /// The policy as it is in force.
    package struct Current: Sendable {
        package let handle: any PolicyHandleProtocol
        package let fields: PolicyFields
        /// Whether a concurrency rule wants slots to be held.
        package let hasLeases: Bool

        init(_ handle: any PolicyHandleProtocol) {
            self.handle = handle
            let policy = handle.policy
            fields = PolicyFields(policy)
            hasLeases = policy.rules.contains { $0.limit.algorithm == .concurrency }
        }
    }

    package let name: String
    private let limiter: any LimiterProtocol
    private let keeper: LeaseKeeper
    private let latest: Mutex<Current>

    /// - Parameters:
    ///   - keys: What the descriptors of requests can hold.
    ///   - settlesCosts: Whether what a request costs is known only when it is answered.
    /// - Throws: `SluiceError` if there is no such policy, if none of its rules could ever apply, or if its costs
    ///   cannot be settled.
    package init(
        _ limiter: any LimiterProtocol, _ name: String, keys: Set<DescriptorKey>, settlesCosts: Bool
    ) throws(SluiceError) {
        let current = Current(try limiter.policy(name))
        try current.handle.policy.checkCanApply(to: keys)
        if settlesCosts { try current.handle.policy.checkCanSettle() }
        self.name = name
        self.limiter = limiter
        keeper = LeaseKeeper(limiter)
        latest = Mutex(current)
    }

    /// How many leases are held.
    package var leaseCount: Int { keeper.count }

    /// The policy in force.
    /// - Throws: `SluiceError` if a reload has removed it.
    package func current() throws(SluiceError) -> Current {
        let known = latest.withLock { $0 }
        if known.handle.isCurrent { return known }
        let current = Current(try limiter.policy(name))
        latest.withLock { $0 = current }
        return current
    }

    /// Decides a request and takes what leases it needs.
    /// - Parameter explains: Whether each rule's own word is wanted.
    /// - Throws: `SluiceError` for a descriptor or cost that cannot be decided, or a policy that is gone.
    package func admit(
        _ descriptor: Descriptor, cost: Int64, explains: Bool
    ) async throws(SluiceError) -> Admission {
        let span = ChildSpan("sluice.decide")
        do throws(SluiceError) {
            let admission = try await decide(descriptor, cost: cost, explains: explains)
            span.end(admission.decision, policy: name)
            return admission
        } catch {
            span.end(failing: error)
            throw error
        }
    }

    private func decide(
        _ descriptor: Descriptor, cost: Int64, explains: Bool
    ) async throws(SluiceError) -> Admission {
        let policy = try current()
        var admission = Admission(descriptor: descriptor, cost: cost, policy: policy, explains: explains)
        if policy.hasLeases {
            let (decision, lease) = try await policy.handle.acquire(descriptor, cost: cost)
            admission.decision = decision
            admission.lease = lease.map { keeper.hold($0) }
            if explains {
                admission.rules = try await policy.handle.explain(descriptor, cost: 1, charging: false).rules
            }
        } else if explains {
            (admission.decision, admission.rules) =
                try await policy.handle.explain(descriptor, cost: cost, charging: true)
        } else {
            admission.decision = try await policy.handle.decide(descriptor, cost: cost)
        }
        return admission
    }
}

extension Policy {
    /// Checks that a rule, or a list, can apply to descriptors of these keys.
    fileprivate func checkCanApply(to keys: Set<DescriptorKey>) throws(SluiceError) {
        guard !rules.isEmpty, allow.isEmpty, deny.isEmpty,
            rules.allSatisfy({ rule in rule.keys.contains { !keys.contains($0) } })
        else { return }
        let wanted = rules.map { rule in
            "'\(rule.name)' counts by \(rule.keys.map(\.name).joined(separator: ", "))"
        }.joined(separator: "; ")
        let given = keys.isEmpty ? "nothing" : keys.map(\.name).sorted().joined(separator: ", ")
        throw SluiceError(
            .missingKey,
            "no rule of policy '\(name)' can apply: requests are described by \(given), but \(wanted); "
                + "take the values from requests under those keys")
    }

    /// Checks that what a request costs can be charged in two parts.
    fileprivate func checkCanSettle() throws(SluiceError) {
        guard let rule = rules.first(where: { $0.limit.algorithm == .concurrency || $0.cost != nil }) else { return }
        let reason = rule.cost == nil ? "takes slots before that" : "has a cost of its own"
        throw SluiceError(
            .unsupported,
            "what a request costs is known only from its response, but rule '\(rule.name)' of policy '\(name)' "
                + "\(reason); give that rule a policy and a middleware of its own")
    }
}
