/// W-TinyLFU with a window that adapts, as Caffeine has it: what the library had before S3-FIFO was measured beside it.
struct WindowTinyLFU: SimulatedCache {
    private var policy: EvictionPolicy

    init(entries: Int) { policy = EvictionPolicy(entries: entries, weight: entries, seed: 1) }

    mutating func ask(_ key: Int) -> Bool {
        // The finish of SplitMix64: the policy wants hashes whose bits are all of use.
        var hash = UInt64(key) &+ 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        let node = policy.node(of: hash)
        if node >= 0 {
            policy.hit(node)
            return true
        }
        policy.miss(hash)
        _ = policy.insert(hash, weight: 1, expires: .max, now: 0)
        policy.evicted.removeAll(keepingCapacity: true)
        return false
    }
}
