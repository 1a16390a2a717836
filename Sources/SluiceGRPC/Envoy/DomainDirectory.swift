package import Sluice
import SluiceHTTP
package import SluicePolicies
import Synchronization

/// Which limit answers for a descriptor of a domain.
///
/// With an Envoy configuration its limits do, as far as it has the domain; else the policy that is called like the
/// domain, whose rules count the descriptor's entries.
package final class DomainDirectory: Sendable {
    /// What a descriptor asks, and what its status says beside the decision.
    enum Target {
        /// The domain is unknown, or no limit applies.
        case nothing
        case unlimited(EnvoyLimit)
        case limited(JointPart, PolicyFields, EnvoyLimit?)

        var envoyLimit: EnvoyLimit? {
            switch self {
            case .nothing: nil
            case .unlimited(let limit): limit
            case .limited(_, _, let limit): limit
            }
        }
    }

    private let limiter: any JointLimiter
    private let policies: PolicyDirectory
    private let configuration: Mutex<EnvoyConfiguration?>
    private let overrides = OverrideTable()

    /// - Parameter configuration: Its policies are among the limiter's.
    package init(_ limiter: any JointLimiter, _ configuration: EnvoyConfiguration? = nil) {
        self.limiter = limiter
        policies = PolicyDirectory(limiter.planning)
        self.configuration = Mutex(configuration)
    }

    /// Puts another Envoy configuration in force, after its policies.
    package func replaceConfiguration(with other: EnvoyConfiguration?) {
        configuration.withLock { $0 = other }
    }

    /// - Throws: `SluiceError` with the code `unknownPolicy` between a reload's policies and its configuration: ask
    ///   again.
    func target(
        _ domain: String, _ descriptor: Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor, hits: Int64
    ) throws(SluiceError) -> Target {
        guard descriptor.entries.count <= Descriptor.maximumEntries else {
            throw SluiceError(
                .invalidDescriptor,
                "a descriptor has \(descriptor.entries.count) entries; the most is \(Descriptor.maximumEntries)")
        }
        let configuration = configuration.withLock { $0 }
        let entries = descriptor.entries.map { (key: $0.key, value: $0.value) }
        let match = configuration?.match(domain: domain, entries) ?? .unknownDomain
        if case .unknownDomain = match {
            guard let policy = try? policies.entry(domain) else { return .nothing }
            if descriptor.hasLimit { return try override(domain, descriptor, hits) }
            let named = Descriptor(entries.map { (DescriptorKey($0.key), $0.value) })
            return .limited(JointPart(policy.handle, named, cost: hits), policy.fields, nil)
        }
        if descriptor.hasLimit { return try override(domain, descriptor, hits) }
        guard case .limit(let limit, let counted) = match else { return .nothing }
        if limit.isUnlimited { return .unlimited(limit) }
        let policy = try policies.entry(limit.policyName)
        let values = Descriptor(zip(limit.keys, counted))
        return .limited(JointPart(policy.handle, values, cost: hits), policy.fields, limit)
    }

    private func override(
        _ domain: String, _ descriptor: Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor, _ hits: Int64
    ) throws(SluiceError) -> Target {
        let (part, fields) = try overrides.part(domain, descriptor, hits: hits, planning: limiter.planning)
        return .limited(part, fields, nil)
    }
}
