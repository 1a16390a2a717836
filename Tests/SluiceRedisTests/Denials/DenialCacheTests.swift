import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

@Suite("A denial cache")
struct DenialCacheTests {
    private func denial(until end: Int64, limit: Int64 = 5) -> CachedDenial {
        CachedDenial(
            endsAt: end, passesAt: end + 3, resetsAt: end + 7, limit: limit, sequence: 0, rule: RuleName("r"),
            reason: .limited)
    }

    @Test("says what a dictionary says, as long as no set is full", arguments: 0..<8)
    func dictionary(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let cache = DenialCache()
        var model: [CellKey: CachedDenial] = [:]
        let keys = (0..<2_000).map { _ in CellKey(high: random.next(), low: random.next()) }
        var now: Int64 = 0
        for step in 0..<20_000 as Range<Int64> {
            now += random.number(in: 0...3)
            let key = random.pick(keys)
            switch random.number(in: 0...99) {
            case 0...39:
                model[key] = denial(until: now + random.number(in: 1...5_000), limit: step)
                cache.insert(model[key]!, under: key, epoch: cache.epoch)
            case 40...44:
                model[key] = nil
                cache.remove(key)
            case 45 where step % 100 == 0:
                model = [:]
                cache.removeAll()
            default: break
            }
            let expected = model[key].flatMap { $0.endsAt > now ? $0 : nil }
            #expect(cache.lookup(key, at: now) == expected, "seed \(seed), step \(step)")
        }
        #expect(cache.count(at: now) == model.values.count { $0.endsAt > now }, "seed \(seed)")
    }

    @Test("never says what was not put in, and forgets what ends soonest when a set is full", arguments: 0..<8)
    func fullSets(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let cache = DenialCache(holding: 1)
        #expect(cache.capacity == 512)
        // All keys in one set of eight.
        var model: [CellKey: CachedDenial] = [:]
        let keys = (0..<40).map { _ in CellKey(high: random.next(), low: random.next() >> 6) }
        for step in 0..<5_000 as Range<Int64> {
            let key = random.pick(keys)
            let denial = denial(until: random.number(in: 1...1_000_000), limit: step)
            if model[key] == nil, model.count == 8 {
                let soonest = model.min { ($0.value.endsAt, $0.value.limit) < ($1.value.endsAt, $1.value.limit) }!
                guard model.values.count(where: { $0.endsAt == soonest.value.endsAt }) == 1 else { continue }
                model[soonest.key] = nil
            }
            model[key] = denial
            cache.insert(denial, under: key, epoch: 0)
            for key in keys { #expect(cache.lookup(key, at: 0) == model[key], "seed \(seed), step \(step)") }
        }
    }

    @Test("tells what is left of the times at the moment of the question")
    func times() throws {
        let cache = DenialCache(holding: 100)
        let key = CellKey(high: 1, low: 0)
        cache.insert(denial(until: 1_000), under: key, epoch: 0)
        let told = try #require(cache.lookup(key, at: 999)).denial(at: 999)
        #expect(told.retryAfter == .nanoseconds(4))
        #expect(told.resetAfter == .nanoseconds(8))
        #expect(told.rule.map { $0 == "r" } == true)
        #expect(told.remaining == 0 && told.limit == 5 && told.reason == .limited && !told.isDegraded)
        #expect(cache.lookup(key, at: 1_000) == nil)
    }

    @Test("takes nothing that was on its way when the policies changed")
    func epochs() {
        let cache = DenialCache(holding: 100)
        let key = CellKey(high: 1, low: 2)
        let sent = cache.epoch
        cache.removeAll()
        cache.insert(denial(until: 1_000), under: key, epoch: sent)
        #expect(cache.lookup(key, at: 0) == nil)
        cache.insert(denial(until: 1_000), under: key, epoch: cache.epoch)
        #expect(cache.lookup(key, at: 0) != nil)
    }

    @Test("is one cache for all threads")
    func threads() async {
        let cache = DenialCache(holding: 512)
        let keys = (0..<64).map { CellKey(high: $0, low: $0 << 58 | $0) }
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<4 as Range<UInt64> {
                group.addTask {
                    var random = SplitMix64(seed: task)
                    var wrong = 0
                    for _ in 0..<20_000 {
                        let key = random.pick(keys)
                        // What is kept names its key, so that a torn or misplaced entry shows.
                        let limit = Int64(key.high)
                        if random.chance(50) {
                            let entry = CachedDenial(
                                endsAt: limit + 1, passesAt: limit, resetsAt: limit, limit: limit,
                                sequence: key.high, rule: RuleName("r"), reason: .banned)
                            cache.insert(entry, under: key, epoch: 0)
                        } else if let found = cache.lookup(key, at: 0) {
                            let isWhole = found.passesAt == limit && found.sequence == key.high
                            if found.limit != limit || !isWhole { wrong += 1 }
                        }
                        if random.chance(1) { cache.remove(key) }
                    }
                    return wrong
                }
            }
            for await wrong in group { #expect(wrong == 0) }
        }
    }
}
