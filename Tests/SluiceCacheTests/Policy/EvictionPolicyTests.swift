import SluiceTesting
import Testing

@testable import SluiceCache

@Suite("What a cache keeps")
struct EvictionPolicyTests {
    /// Asks for keys one after the other and brings in those that are missing, as a cache's owner does.
    private func hitShare(of keys: [Int], entries: Int) -> Double {
        let cache = MemoryCache<Int, Int>(CacheBounds(entries: entries, shards: 1))
        for key in keys where cache.value(for: key) == nil { cache.store(key, for: key) }
        return cache.statistics.hitPercent
    }

    @Test("a trace that favours some keys gets more hits than from dropping what was used longest ago")
    func zipf() {
        let keys = Traces.zipf(keys: 5_000, exponent: 0.9, length: 60_000, seed: 1)
        #expect(hitShare(of: keys, entries: 200) > LeastRecent.hitShare(of: keys, entries: 200) * 1.1)
    }

    @Test("a scan of keys that are asked for once does not drive out what is asked for often")
    func scan() {
        let keys = Traces.scans(keys: 100, length: 40_000, scanLength: 1_000, every: 4_000, seed: 3)
        #expect(hitShare(of: keys, entries: 150) > LeastRecent.hitShare(of: keys, entries: 150))
    }

    @Test("favourites that are no favourites any more make room for others")
    func change() {
        let old = Traces.zipf(keys: 1_000, exponent: 1.1, length: 30_000, seed: 4)
        let new = Traces.zipf(keys: 1_000, exponent: 1.1, length: 30_000, seed: 5).map { $0 + 1_000_000 }
        let cache = MemoryCache<Int, Int>(CacheBounds(entries: 100, shards: 1))
        for key in old where cache.value(for: key) == nil { cache.store(key, for: key) }
        let before = cache.statistics
        for key in new where cache.value(for: key) == nil { cache.store(key, for: key) }
        let hits = cache.statistics.hits - before.hits
        #expect(Double(hits) > Double(before.hits) * 0.9)
    }

    @Test("who went lately is remembered, once, and for no longer than so many departures")
    func ghosts() {
        var random = SplitMix64(seed: 7)
        var ghosts = GhostTable(memory: 100)
        let hashes = (0..<100).map { _ in random.next() }
        for hash in hashes { ghosts.remember(hash) }
        let recalled = hashes.filter { ghosts.recall($0) }
        // Homes are four places wide: a few of a crowded one are lost.
        #expect(recalled.count > 80)
        let again = recalled.filter { ghosts.recall($0) }
        #expect(again.isEmpty)
        ghosts.remember(hashes[0])
        for _ in 0..<100 { ghosts.remember(random.next()) }
        let late = ghosts.recall(hashes[0])
        #expect(!late)
    }

    @Test("an index finds all of its nodes after any insertions and removals", arguments: 1...20)
    func index(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var index = HashIndex()
        var nodes = ContiguousArray(repeating: CacheNode(), count: 64)
        var present: [Int32: UInt64] = [:]
        for step in 0..<2_000 {
            let node = Int32(random.number(in: 0...63))
            if let hash = present[node] {
                index.remove(node, nodes)
                nodes[Int(node)].segment = .unused
                present[node] = nil
                #expect(index.node(hash, in: nodes) == -1, "seed \(seed), step \(step)")
            } else {
                // Few homes, so that many nodes share one.
                let hash = UInt64(random.number(in: 0...7)) | UInt64(step) << 32
                nodes[Int(node)].hash = hash
                nodes[Int(node)].segment = .small
                present[node] = hash
                if present.count > index.room { index.grow(nodes) } else { index.insert(node, hash) }
            }
            for (node, hash) in present where index.node(hash, in: nodes) != node {
                Issue.record("seed \(seed), step \(step): node \(node) is lost")
            }
        }
    }
}
