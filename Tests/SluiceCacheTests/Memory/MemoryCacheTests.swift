import Sluice
import SluiceCache
import SluiceTesting
import Testing

@Suite("A cache in memory")
struct MemoryCacheTests {
    @Test("keeps values until they expire, each for its own time")
    func expiry() {
        let time = ManualTime()
        let cache = MemoryCache<String, Int>(keptFor: .seconds(10), time: .provided(by: time))
        cache.store(1, for: "usual")
        cache.store(2, for: "short", keptFor: .seconds(1))
        cache.store(3, for: "not at all", keptFor: .zero)
        #expect(cache.value(for: "usual") == 1)
        #expect(cache.value(for: "short") == 2)
        #expect(cache.value(for: "not at all") == nil)
        time.advance(by: .seconds(1))
        #expect(cache.value(for: "short") == nil)
        time.advance(by: .nanoseconds(8_999_999_999))
        #expect(cache.value(for: "usual") == 1)
        time.advance(by: .nanoseconds(1))
        #expect(cache.value(for: "usual") == nil)
        #expect(cache.statistics.hits == 3)
        #expect(cache.statistics.misses == 3)
        #expect(cache.count == 0)
    }

    @Test("forgets one key, some keys, all keys")
    func removal() {
        let cache = MemoryCache<Int, String>()
        for key in 0..<10 { cache.store("\(key)", for: key) }
        cache.remove(3)
        #expect(cache.value(for: 3) == nil)
        cache.removeAll { key, value in key.isMultiple(of: 2) && value != "8" }
        #expect((0..<10).filter { cache.value(for: $0) != nil } == [1, 5, 7, 8, 9])
        cache.removeAll()
        #expect(cache.count == 0 && cache.weight == 0)
    }

    @Test("an entry that is heavier than all of the cache may be is not kept, nor is what it replaces")
    func tooHeavy() {
        let cache = MemoryCache<Int, [UInt8]>(CacheBounds(entries: 10, weight: 100)) { $1.count }
        cache.store([1, 2, 3], for: 1)
        #expect(cache.weight == 3)
        cache.store(Array(repeating: 0, count: 101), for: 1)
        #expect(cache.value(for: 1) == nil)
        #expect(cache.weight == 0)
    }

    @Test("what has expired makes room before what is of use")
    func reclaiming() {
        let time = ManualTime()
        let cache = MemoryCache<Int, Int>(CacheBounds(entries: 100), time: .provided(by: time))
        for key in 0..<50 { cache.store(key, for: key, keptFor: .seconds(1)) }
        for key in 50..<100 { cache.store(key, for: key) }
        time.advance(by: .seconds(1))
        for key in 100..<140 { cache.store(key, for: key) }
        #expect((50..<140).allSatisfy { cache.value(for: $0) != nil })
        // Until the search comes to those that have expired, four places at each insertion.
        #expect(cache.statistics.evictions <= 13)
    }

    @Test("never holds more than it may and never answers what is not so", arguments: 1...12)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let time = ManualTime()
        let isWeighed = seed.isMultiple(of: 2)
        let shards = seed.isMultiple(of: 3) ? 4 : 1
        let bounds = CacheBounds(entries: 40, weight: isWeighed ? 200 : nil, shards: shards)
        let cache = MemoryCache<Int, Int>(bounds, time: .provided(by: time)) { _, value in value % 30 }
        // What may be answered: the last value that was stored, until it expires or is removed.
        var model: [Int: (value: Int, expires: Timestamp?)] = [:]
        for step in 0..<4_000 {
            let key = Int(random.number(in: 0...80))
            switch random.number(in: 0...9) {
            case 0...4:
                let value = cache.value(for: key)
                let truth = model[key].flatMap { $0.expires.map { $0 > time.now() } ?? true ? $0.value : nil }
                #expect(value == nil || value == truth, "seed \(seed), step \(step), key \(key)")
            case 5...7:
                let life: Duration? = random.chance(50) ? .milliseconds(random.number(in: 1...50)) : nil
                cache.store(step, for: key, keptFor: life)
                model[key] = (step, life.map { time.now() + $0 })
            case 8:
                cache.remove(key)
                model[key] = nil
                #expect(cache.value(for: key) == nil)
            default: time.advance(by: .milliseconds(random.number(in: 0...20)))
            }
            #expect(cache.count <= 40, "seed \(seed), step \(step)")
            #expect(cache.weight <= (isWeighed ? 200 : 40), "seed \(seed), step \(step)")
        }
        if !isWeighed { #expect(cache.statistics.hits > 0) }
    }

    @Test("threads share it")
    func threads() async {
        let cache = MemoryCache<Int, Int>(CacheBounds(entries: 1_000, shards: 4))
        await withDiscardingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    var random = SplitMix64(seed: UInt64(task))
                    for _ in 0..<5_000 {
                        let key = Int(random.number(in: 0...3_000))
                        if let value = cache.value(for: key) {
                            #expect(value == key * 7)
                        } else {
                            cache.store(key * 7, for: key)
                        }
                    }
                }
            }
        }
        #expect(cache.count <= 1_000)
        #expect(cache.statistics.hits + cache.statistics.misses == 40_000)
    }

    @Test("a cache without collisions keeps as many entries as it may")
    func fills() {
        for entries in [1, 2, 3, 10, 1_000, 5_000] {
            let cache = MemoryCache<Int, Int>(CacheBounds(entries: entries, shards: 1))
            for key in 0..<entries { cache.store(key, for: key) }
            #expect(cache.count == entries)
            for key in 0..<(entries * 3) { cache.store(key, for: key) }
            #expect(cache.count == entries)
        }
    }
}
