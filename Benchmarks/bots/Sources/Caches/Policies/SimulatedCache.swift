/// A cache that only says whether it had a key, and has it afterwards if it wants to.
protocol SimulatedCache {
    /// A cache of so many entries.
    init(entries: Int)
    /// Whether it has a key, which is brought in if not.
    mutating func ask(_ key: Int) -> Bool
}

extension SimulatedCache {
    /// Hits of a hundred questions.
    static func hitPercent(_ keys: [Int], entries: Int) -> Double {
        var cache = Self(entries: entries)
        var hits = 0
        for key in keys where cache.ask(key) { hits += 1 }
        return 100 * Double(hits) / Double(keys.count)
    }
}
