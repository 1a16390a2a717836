/// A list of descriptor keys that one or more rules of a policy count by; its values are hashed once for all of them.
struct KeyGroup {
    private let count: Int
    /// The positions of the keys among the policy's.
    private let positions: UnsafeMutablePointer<UInt8>
    /// The hash after the secret, the policy's name and the names of the keys, before any value.
    private let hasher: KeyHasher

    init(_ keys: [DescriptorKey], in policy: Policy, allKeys: [DescriptorKey], secret: (UInt64, UInt64)) {
        count = keys.count
        positions = .allocate(capacity: max(1, keys.count))
        for (place, key) in keys.enumerated() { positions[place] = UInt8(allKeys.firstIndex(of: key)!) }
        var hasher = KeyHasher(secret: secret)
        for name in [policy.name] + keys.map(\.name) {
            var name = name
            name.withUTF8 { hasher.absorb(UnsafeRawBufferPointer($0)) }
        }
        self.hasher = hasher
    }

    func deallocate() { positions.deallocate() }

    /// Whether the request has every key.
    @inline(__always)
    func isPresent(in values: UnsafePointer<ValueBytes>) -> Bool {
        for place in 0..<count where !values[Int(positions[place])].isPresent { return false }
        return true
    }

    /// The key of the values, which each rule turns into that of its cell.
    @inline(__always)
    func key(_ values: UnsafePointer<ValueBytes>) -> CellKey {
        guard count > 0 else { return hasher.finish() }
        guard count > 1 else { return hasher.finish(values[Int(positions[0])].bytes) }
        var hasher = hasher
        for place in 0..<(count &- 1) { hasher.absorb(values[Int(positions[place])].bytes) }
        return hasher.finish(values[Int(positions[count &- 1])].bytes)
    }
}
