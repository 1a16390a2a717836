internal import Synchronization

/// A policy in the form in which it is decided: names resolved to positions, limits to numbers.
///
/// Immutable, and reached through pointers so that deciding counts no references.
/// Sendable: nothing changes after `init`.
final class CompiledPolicy: @unchecked Sendable {
    let policy: Policy
    /// Kept alive for `shards`.
    let store: MemoryStore
    let shards: Shards
    /// Kept alive for `current`.
    private let generation: Generation
    private let current: UnsafePointer<Atomic<UInt64>>
    private let number: UInt64
    /// The keys that rules, conditions and lists speak of; a request's values are found once for each.
    let keys: [DescriptorKey]
    /// The distinct lists of keys that rules count by.
    let groups: UnsafeMutablePointer<KeyGroup>
    let groupCount: Int
    let ruleCount: Int
    let rules: UnsafeMutablePointer<CompiledRule>
    let hasLists: Bool
    let allow: [CompiledCondition]
    let deny: [CompiledCondition]
    /// The position of the only key, if the policy can be asked by one value alone.
    let onlyKey: Bool
    /// The values that keep the policy's cells together in a cluster, if it is partitioned.
    let partitionGroup: KeyGroup?
    /// Where requests are counted that a list decides or no rule applies to.
    let counter: RuleCounter
    /// Whether a lease of it can be held.
    let hasLeases: Bool
    /// The only rule, if nothing but its limit decides: no lists, condition, override or penalty.
    let plainRule: UnsafePointer<CompiledRule>?

    init(_ policy: Policy, generation: Generation, number: UInt64, store: MemoryStore) throws(SluiceError) {
        try Self.check(policy)
        self.policy = policy
        self.store = store
        shards = store.shards
        self.generation = generation
        self.number = number
        current = generation.unowned
        var keys: [DescriptorKey] = []
        func add(_ key: DescriptorKey) { if !keys.contains(key) { keys.append(key) } }
        for rule in policy.rules {
            rule.keys.forEach(add)
            for condition in [rule.condition] + rule.overrides.map(\.condition) {
                for term in condition.terms { add(term.key) }
            }
        }
        for condition in policy.allow + policy.deny { for term in condition.terms { add(term.key) } }
        self.keys = keys
        onlyKey = keys.count == 1
        allow = policy.allow.map { CompiledCondition($0, keys) }
        deny = policy.deny.map { CompiledCondition($0, keys) }
        hasLists = !policy.allow.isEmpty || !policy.deny.isEmpty
        ruleCount = policy.rules.count
        let lists = policy.rules.reduce(into: [[DescriptorKey]]()) { lists, rule in
            if !lists.contains(rule.keys) { lists.append(rule.keys) }
        }
        let compiled = try policy.rules.map { rule throws(SluiceError) in
            try CompiledRule(rule, in: policy, keys: keys, group: lists.firstIndex(of: rule.keys)!, store: store)
        }
        let secret = store.secret.withLock { $0 }
        groupCount = lists.count
        groups = .allocate(capacity: max(1, lists.count))
        for (index, list) in lists.enumerated() {
            (groups + index).initialize(to: KeyGroup(list, in: policy, allKeys: keys, secret: secret))
        }
        partitionGroup =
            compiled.isEmpty
            ? nil : policy.partition.map { KeyGroup([$0], in: policy, allKeys: keys, secret: secret) }
        rules = .allocate(capacity: max(1, compiled.count))
        for (index, rule) in compiled.enumerated() { (rules + index).initialize(to: rule) }
        counter = store.counters.counter(policy: policy.name, rule: "")
        hasLeases = policy.rules.contains { $0.limit.algorithm == .concurrency }
        let isPlain = compiled.count == 1 && compiled[0].isPlain && !hasLists && !policy.isStrict
        plainRule = isPlain ? UnsafePointer(rules) : nil
    }

    deinit {
        for index in 0..<ruleCount { rules[index].deallocate() }
        rules.deinitialize(count: ruleCount)
        for index in 0..<groupCount { groups[index].deallocate() }
        groups.deallocate()
        partitionGroup?.deallocate()
        rules.deallocate()
    }

    /// Whether no reload has happened since.
    @inline(__always) var isCurrent: Bool { current.pointee.load(ordering: .relaxed) == number }

    private static func check(_ policy: Policy) throws(SluiceError) {
        func fail(_ message: String) throws(SluiceError) -> Never {
            throw SluiceError(.invalidPolicy, "policy '\(policy.name)': \(message)")
        }
        guard !policy.name.isEmpty else { try fail("the name is empty") }
        guard policy.rules.count <= Policy.maximumRules else {
            try fail("\(policy.rules.count) rules; a policy has at most \(Policy.maximumRules)")
        }
        var names: Set<String> = []
        for rule in policy.rules {
            guard !rule.name.isEmpty else { try fail("a rule has no name") }
            guard names.insert(rule.name).inserted else { try fail("two rules are named '\(rule.name)'") }
        }
        guard Set(names.map(CellKey.tag(ofRule:))).count == names.count else {
            try fail("the names of two rules have the same hash, which happens once in millions; rename one")
        }
        if let partition = policy.partition, let rule = policy.rules.first(where: { !$0.keys.contains(partition) }) {
            try fail(
                "rule '\(rule.name)' does not count by '\(partition)', the partition: callers who share its cell would "
                    + "not find it together; count by it too, or move the rule to a policy of its own")
        }
        for rule in policy.rules {
            for name in rule.replaces {
                guard names.contains(name) else {
                    try fail(
                        "rule '\(rule.name)' replaces '\(name)', which is no rule of this policy"
                            + NearestWord.hint(for: name, among: names))
                }
                guard name != rule.name else { try fail("rule '\(name)' replaces itself") }
            }
        }
    }
}

/// A condition whose keys are resolved to positions.
struct CompiledCondition {
    private let terms: [(position: Int, patterns: [Pattern])]

    var isEmpty: Bool { terms.isEmpty }

    init(_ condition: Condition, _ keys: [DescriptorKey]) {
        terms = condition.terms.map { term in
            (keys.firstIndex(of: term.key)!, term.patterns)
        }
    }

    func isMet(by values: UnsafePointer<ValueBytes>) -> Bool {
        terms.allSatisfy { term in
            let value = values[term.position]
            return value.isPresent && term.patterns.contains { $0.matches(value.bytes) }
        }
    }
}

/// The value of one of a policy's keys in a request, as bytes where they lie.
package struct ValueBytes {
    private var start: UnsafeRawPointer?
    private var count: Int

    /// No value.
    package static var missing: ValueBytes { ValueBytes(start: nil, count: -1) }

    private init(start: UnsafeRawPointer?, count: Int) {
        self.start = start
        self.count = count
    }

    @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer) {
        start = bytes.baseAddress
        count = bytes.count
    }

    @inline(__always) var isPresent: Bool { count >= 0 }
    @inline(__always) var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: max(0, count)) }
}
