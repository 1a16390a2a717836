/// A named list of rules that are decided together: all of them pass and are charged, or none.
public struct Policy: Hashable, Sendable {
    /// The name that requests give.
    public var name: String
    /// The rules; at most ``maximumRules``.
    public var rules: [Rule]
    /// Descriptors that always pass, uncounted.
    public var allow: [Condition]
    /// Descriptors that never pass; this list is looked at before `allow`.
    public var deny: [Condition]
    /// Whether a descriptor that lacks a key of a rule is an error, not a rule that does not apply.
    public var isStrict: Bool
    /// What to do when the store fails, unless a rule says otherwise.
    public var onStoreFailure: StoreFailure
    /// The descriptor key that keeps the policy's cells in one slot of a Redis Cluster.
    public var partition: DescriptorKey?

    /// The most rules of one policy.
    public static let maximumRules = 64

    /// A policy of these rules.
    public init(
        _ name: String, rules: [Rule], allow: [Condition] = [], deny: [Condition] = [], isStrict: Bool = false,
        onStoreFailure: StoreFailure = .local, partition: DescriptorKey? = nil
    ) {
        self.name = name
        self.rules = rules
        self.allow = allow
        self.deny = deny
        self.isStrict = isStrict
        self.onStoreFailure = onStoreFailure
        self.partition = partition
    }

    /// A policy of the rules listed in braces.
    public init(
        _ name: String, allow: [Condition] = [], deny: [Condition] = [], isStrict: Bool = false,
        @ListBuilder<Rule> rules: () -> [Rule]
    ) {
        self.init(name, rules: rules(), allow: allow, deny: deny, isStrict: isStrict)
    }
}

/// Collects the values listed in braces.
@resultBuilder
public enum ListBuilder<Element> {
    public static func buildExpression(_ element: Element) -> [Element] { [element] }
    public static func buildExpression(_ elements: [Element]) -> [Element] { elements }
    public static func buildBlock(_ parts: [Element]...) -> [Element] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [Element]?) -> [Element] { part ?? [] }
    public static func buildEither(first part: [Element]) -> [Element] { part }
    public static func buildEither(second part: [Element]) -> [Element] { part }
    public static func buildArray(_ parts: [[Element]]) -> [Element] { parts.flatMap(\.self) }
}

extension Policy {
    /// The keys that its rules and conditions look at; what a descriptor holds of others changes nothing.
    package var keys: Set<DescriptorKey> {
        var conditions = allow + deny
        var keys = Set(partition.map { [$0] } ?? [])
        for rule in rules {
            keys.formUnion(rule.keys)
            conditions.append(rule.condition)
            conditions += rule.overrides.map(\.condition)
        }
        for condition in conditions { keys.formUnion(condition.terms.map(\.key)) }
        return keys
    }
}
