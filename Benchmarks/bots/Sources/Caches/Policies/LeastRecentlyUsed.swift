/// Drops what was used longest ago.
struct LeastRecentlyUsed: SimulatedCache {
    private var uses: [Int: Int] = [:]
    private var keyOfUse: [Int: Int] = [:]
    private var oldest = 0
    private var now = 0
    private let entries: Int

    init(entries: Int) { self.entries = entries }

    mutating func ask(_ key: Int) -> Bool {
        let last = uses[key]
        if let last {
            keyOfUse[last] = nil
        } else if uses.count == entries {
            while keyOfUse[oldest] == nil { oldest += 1 }
            uses[keyOfUse.removeValue(forKey: oldest)!] = nil
        }
        uses[key] = now
        keyOfUse[now] = key
        now += 1
        return last != nil
    }
}
