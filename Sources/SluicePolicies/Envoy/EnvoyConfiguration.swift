package import Sluice

/// What the YAML files of an envoyproxy/ratelimit configuration say.
///
/// Each limit is a policy of one rule that counts in fixed windows. Which limit applies is found as
/// envoyproxy/ratelimit finds it, with one difference: it joins keys and values by `_` before it compares them, so the
/// entry `a` = `b` also meets the key `a_b`; here keys are compared with keys and values with values.
package struct EnvoyConfiguration: Sendable {
    /// The limits in the order of the files.
    package let limits: [EnvoyLimit]
    /// The policies of all limits that are not unlimited; ``EnvoyLimit/policyIndex`` says which is whose.
    package let policies: [Policy]
    /// The domains in the order of the files.
    package let domains: [String]
    private let roots: [ExactText: EnvoyNode]

    init(_ domains: [EnvoyDomain]) {
        var builder = EnvoyTreeBuilder()
        var roots: [ExactText: EnvoyNode] = [:]
        for domain in domains { roots[ExactText(domain.name)] = builder.root(domain) }
        self.roots = roots
        self.domains = domains.map(\.name)
        limits = builder.limits
        policies = builder.limits.compactMap(\.policy)
    }

    /// Which limit applies to a request's entries.
    ///
    /// The domain's tree is walked, one level for each entry: to the exact value, or else to the first wildcard that
    /// matches, or else to the key without a value. There is no way back: where an entry leads nowhere nothing applies,
    /// and so it is where the last one leads to no limit.
    /// - Complexity: O(entries × (1 + the wildcards of a level)).
    package func match(domain: String, _ entries: [(key: String, value: String)]) -> EnvoyMatch {
        guard var node = roots[ExactText(domain)] else { return .unknownDomain }
        var counted: [String] = []
        for entry in entries {
            guard let next = node.child(entry.key, entry.value) else { return .none }
            if next.isCounted { counted.append(entry.value) }
            node = next
        }
        return node.limit.map { .limit(limits[$0], counted: counted) } ?? .none
    }
}
