import Sluice

/// The descriptor keys that a replay needs of each line: the caller's first, then those the policy looks at.
///
/// What nobody asks for is not read: a policy that counts by `ip` costs no search for the user agent.
/// The names of the keys lie in memory of the plan's own, because entries point to them.
final class FieldPlan {
    /// The key whose values are the report's callers.
    let callerKey: DescriptorKey
    /// The keys in the order of a line's entries.
    let keys: [DescriptorKey]
    /// Whether the policy itself looks at the caller's key.
    let policyUsesCaller: Bool
    private let names: UnsafeMutableRawBufferPointer
    private let ranges: [Range<Int>]

    /// A plan for a policy.
    init(policy: Policy, callerKey: DescriptorKey) {
        let used = policy.descriptorKeys
        self.callerKey = callerKey
        policyUsesCaller = used.contains(callerKey)
        keys = [callerKey] + used.filter { $0 != callerKey }
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for key in keys {
            ranges.append(bytes.count..<bytes.count + key.name.utf8.count)
            bytes += key.name.utf8
        }
        names = .allocate(byteCount: bytes.count, alignment: 1)
        names.copyBytes(from: bytes)
        self.ranges = ranges
    }

    deinit { names.deallocate() }

    var count: Int { keys.count }

    func name(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: names[ranges[index]]) }

    /// The place of a key among a line's values; -1 when nobody needs it.
    func index(of key: DescriptorKey) -> Int { keys.firstIndex(of: key) ?? -1 }
}

extension Policy {
    /// Every key that a decision may look at, in the order of their first mention.
    var descriptorKeys: [DescriptorKey] {
        var keys: [DescriptorKey] = []
        func add(_ key: DescriptorKey) {
            if !keys.contains(key) { keys.append(key) }
        }
        for rule in rules {
            rule.keys.forEach(add)
            for condition in [rule.condition] + rule.overrides.map(\.condition) {
                condition.terms.forEach { add($0.key) }
            }
        }
        for condition in deny + allow { condition.terms.forEach { add($0.key) } }
        return keys
    }
}
