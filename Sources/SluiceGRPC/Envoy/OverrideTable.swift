import Sluice
import SluiceHTTP
import SluicePolicies
import Synchronization

/// The policies of limits that come with their requests, in place of configured ones.
///
/// Such a limit counts by the domain, the unit and all entries, so other numbers for the same entries keep what was
/// used. While a store is down it lets pass, as Envoy does when it cannot ask.
final class OverrideTable: Sendable {
    /// How many different numbers may come: a store remembers each as long as it lives.
    static let mostLimits = 16_384
    /// How many policies are kept; then all are made anew.
    private static let mostPolicies = 4_096

    private struct Key: Hashable {
        var domain: String
        var entries: Int
        var limit: Limit
    }

    private struct State {
        var policies: [Key: PolicyEntry] = [:]
        var limits: Set<Limit> = []
    }

    private let state = Mutex(State())

    /// - Throws: `SluiceError` for a limit that cannot be, or one too many.
    func part(
        _ domain: String, _ descriptor: Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor, hits: Int64,
        planning limiter: Limiter
    ) throws(SluiceError) -> (part: JointPart, fields: PolicyFields) {
        let entries = descriptor.entries.enumerated().map { index, entry in
            // Its length parts the key from the value, whatever is in them.
            (DescriptorKey("\(index)"), "\(entry.key.utf8.count):\(entry.key)\(entry.value)")
        }
        guard let unit = EnvoyUnit(descriptor.limit.unit) else {
            throw SluiceError(.invalidDescriptor, "the unit of a limit override is one from SECOND to YEAR")
        }
        // Nothing may pass by a limit of 0, which is none of ours: one that no request's cost fits into.
        let isClosed = descriptor.limit.requestsPerUnit == 0
        let limit = unit.limit(max(1, descriptor.limit.requestsPerUnit)) ?? .cooldown(.seconds(unit.seconds))
        let key = Key(domain: domain, entries: entries.count, limit: limit)
        let policy = try state.withLock { state throws(SluiceError) in
            if let known = state.policies[key], known.handle.isCurrent { return known }
            guard state.limits.contains(limit) || state.limits.count < Self.mostLimits else {
                throw SluiceError(
                    .invalidDescriptor,
                    "limit overrides have come with \(Self.mostLimits) different numbers; use fewer, and restart")
            }
            let rule = Rule("override", by: entries.map(\.0), limit)
            let policy = Policy("\(domain) \(unit) override", rules: [rule], onStoreFailure: .allow)
            let made = PolicyEntry(try limiter.handle(of: policy))
            if state.policies.count >= Self.mostPolicies { state.policies = [:] }
            state.policies[key] = made
            state.limits.insert(limit)
            return made
        }
        let part = JointPart(policy.handle, Descriptor(entries), cost: isClosed && hits > 0 ? 2 : hits)
        return (part, policy.fields)
    }
}

extension EnvoyUnit {
    init?(_ unit: Envoy_Type_V3_RateLimitUnit) {
        switch unit {
        case .second: self = .second
        case .minute: self = .minute
        case .hour: self = .hour
        case .day: self = .day
        case .week: self = .week
        case .month: self = .month
        case .year: self = .year
        case .unknown, .UNRECOGNIZED: return nil
        }
    }
}
