package import Sluice

/// A `rate_limit` of an envoyproxy/ratelimit configuration, and the rule that counts for it.
package struct EnvoyLimit: Hashable, Sendable {
    /// The domain and the path, such as `messaging/message_type=marketing/to_number`.
    ///
    /// `%`, `/`, control characters and a key's `=` are percent-encoded, so two different paths never share a name.
    /// It says nothing of the numbers: when they change, what was used stays used.
    package let policyName: String
    /// The path without the domain.
    package let ruleName: String
    /// What the rule counts by: the keys whose value varies, which is those without a value and those with a wildcard
    /// that share no threshold. A key's second occurrence in the path is called `key#2`.
    package let keys: [DescriptorKey]
    /// The span of the fixed windows; a second if the limit is unlimited.
    package let unit: EnvoyUnit
    /// How many requests may pass in each; 0 if the limit is unlimited or closed.
    package let requestsPerUnit: UInt32
    /// Whether everything passes uncounted; such a limit has no policy.
    package let isUnlimited: Bool
    /// Whether a denial is told but does not hold.
    package let isShadow: Bool
    /// Whether it denies only when all quota limits of the request do (`quota_mode`).
    package let isQuota: Bool
    /// What others call it in `replaces`.
    package let name: String?
    /// The names of limits that are switched off in a request to which this one applies.
    package let replaces: [String]
    /// Its place among the configuration's policies; `nil` if it is unlimited.
    package let policyIndex: Int?

    /// Whether nothing may pass, which `requests_per_unit: 0` says.
    ///
    /// The core has no limit of 0. The policy denies all the same: each request costs 2 of a limit of 1, so it is
    /// never possible. What it reports as its limit and as remaining is not to be told; both are 0.
    package var isClosed: Bool { !isUnlimited && requestsPerUnit == 0 }
}

extension EnvoyLimit {
    /// The policy of this limit's only rule; `nil` if it is unlimited.
    var policy: Policy? {
        guard !isUnlimited else { return nil }
        let limit = unit.limit(requestsPerUnit) ?? .fixedWindow(1, per: .seconds(unit.seconds))
        var rule = Rule(
            ruleName, by: keys, limit, mode: isShadow ? .shadow : .enforce, cost: isClosed ? 2 : nil)
        rule.isAlternative = isQuota
        return Policy(policyName, rules: [rule])
    }
}
