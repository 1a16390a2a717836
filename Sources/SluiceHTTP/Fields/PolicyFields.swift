package import Sluice

/// What answers say of a policy and its rules, put into bytes once, when the policy is looked up.
package final class PolicyFields: Sendable {
    /// The policy's name as a JSON string.
    package let json: [UInt8]
    private let rules: [RuleFields]

    package init(_ policy: Policy) {
        json = ByteWriter.jsonString(policy.name)
        rules = policy.rules.map { RuleFields($0) }
    }

    /// What answers say of a rule. Policies have few rules, so a search beats a hash.
    package func rule(_ rule: RuleName) -> RuleFields {
        for fields in rules where fields.name == rule { return fields }
        return RuleFields(rule)
    }
}
