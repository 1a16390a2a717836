import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceCache

@Suite("Forgetting what the source has changed")
struct InvalidationTests {
    private func cache(
        _ source: Source, _ time: ManualTime, tier: (any CacheTier)? = nil, memory: Duration = .hours(1)
    ) -> TieredCache<String> {
        TieredCache<String>(
            CacheBounds(), CacheLifetimes(memory: memory, shared: .hours(10)), CacheLimits(), .provided(by: time),
            tier: tier, codec: .text, weigher: nil, random: { 0 }, loader: { Loaded(try await source.load($0)) })
    }

    private func settle(_ cache: TieredCache<String>) async {
        while cache.state.withLock({ $0.table.count }) > 0 { await Task.yield() }
    }

    @Test("by name, tag, pattern, and everything")
    func scopes() async throws {
        let (source, time) = (Source(), ManualTime())
        let cache = cache(source, time)
        let names = ["user:1:name", "user:1:mail", "user:2:name", "product:1"]
        func fill() async throws {
            for name in names {
                source[name] = name
                _ = try await cache.value(for: name, tags: name.hasPrefix("user") ? ["users", name] : [])
            }
        }
        func kept() -> [String] { names.filter { cache.cached($0) != nil } }
        try await fill()
        try await cache.invalidate(.name("user:1:name"))
        #expect(kept() == ["user:1:mail", "user:2:name", "product:1"])
        try await fill()
        try await cache.invalidate(.tag("users"))
        #expect(kept() == ["product:1"])
        try await fill()
        try await cache.invalidate(.matching("user:1:*"))
        #expect(kept() == ["user:2:name", "product:1"])
        try await fill()
        try await cache.invalidate(.everything)
        #expect(kept() == [])
    }

    @Test(
        "a load that was overtaken is answered to who waited, kept nowhere, and joined by nobody",
        arguments: [CacheScope.name("a"), .tag("t"), .matching("a*"), .everything])
    func overtaken(_ scope: CacheScope) async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let first = cache(source, time, tier: shelf.tier(1))
        let second = cache(source, time, tier: shelf.tier(2))
        source["a"] = "old"
        source.hold()
        let here = Task { try await first.value(for: "a", tags: ["t"]) }
        await source.untilLoads(1)
        let there = Task { try await second.value(for: "a", tags: ["t"]) }
        await source.untilLoads(2)
        source["a"] = "new"
        try await first.invalidate(scope)
        let late = Task { try await first.value(for: "a", tags: ["t"]) }
        await source.untilLoads(3)
        source.release()
        #expect(try await here.value == "old")
        #expect(try await there.value == "old")
        #expect(try await late.value == "new")
        await settle(first)
        await settle(second)
        #expect(first.cached("a") == "new")
        #expect(try await second.value(for: "a", tags: ["t"]) == "new")
        #expect(first.statistics.overtaken >= 1)
    }

    @Test("other instances forget too")
    func others() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let first = cache(source, time, tier: shelf.tier(1))
        let second = cache(source, time, tier: shelf.tier(2))
        source["a"] = "old"
        #expect(try await first.value(for: "a") == "old")
        await settle(first)
        #expect(try await second.value(for: "a") == "old")
        source["a"] = "new"
        try await second.invalidate(.name("a"))
        #expect(first.cached("a") == nil)
        #expect(try await first.value(for: "a") == "new")
        #expect(source.loads == 2)
    }

    @Test("a copy that came from the tier goes with the tags of whoever loaded it")
    func tagsOfOthers() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let first = cache(source, time, tier: shelf.tier(1))
        let second = cache(source, time, tier: shelf.tier(2))
        source["a"] = "old"
        _ = try await first.value(for: "a", tags: ["t"])
        await settle(first)
        #expect(try await second.value(for: "a") == "old")
        source["a"] = "new"
        try await first.invalidate(.tag("t"))
        #expect(second.cached("a") == nil)
        #expect(try await second.value(for: "a") == "new")
    }

    @Test("a value that is stored is what everybody gets, also who loads the old one at this moment")
    func storing() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let first = cache(source, time, tier: shelf.tier(1))
        let second = cache(source, time, tier: shelf.tier(2))
        source["a"] = "old"
        source.hold()
        let loads = [first, second].map { cache in Task { try await cache.value(for: "a") } }
        await source.untilLoads(2)
        source["a"] = "new"
        try await first.store("new", for: "a")
        #expect(first.cached("a") == "new")
        source.release()
        for load in loads { #expect(try await load.value == "old") }
        await settle(second)
        #expect(first.cached("a") == "new")
        #expect(try await second.value(for: "a") == "new")
        #expect(source.loads == 2)
        try await second.store(nil, for: "a")
        #expect(try await first.value(for: "a") == nil)
    }

    @Test("without a line to others nothing is kept for longer than is promised, and nothing old once it is back")
    func blind() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let cache = cache(source, time, tier: shelf.tier(1))
        source["a"] = "value"
        _ = try await cache.value(for: "a")
        await settle(cache)
        shelf.setDown(true)
        #expect(cache.isUntold && cache.cached("a") == nil)
        #expect(try await cache.value(for: "a") == "value")
        await settle(cache)
        time.advance(by: .milliseconds(99))
        #expect(cache.cached("a") == "value")
        time.advance(by: .milliseconds(1))
        #expect(cache.cached("a") == nil)
        #expect(try await cache.value(for: "a") == "value")
        await settle(cache)
        let error = await #expect(throws: SluiceError.self) { try await cache.invalidate(.name("a")) }
        #expect(error?.code == .storeFailed)
        #expect(cache.cached("a") == nil)
        await #expect(throws: SluiceError.self) { try await cache.store("x", for: "a") }
        #expect(cache.cached("a") == nil)
        shelf.setDown(false)
        #expect(!cache.isUntold)
        #expect(try await cache.value(for: "a") == "value")
        #expect(cache.statistics.linesLost == 1 && cache.statistics.sharedFailures > 0)
    }

    @Test("of several instances one loads, and the others find what it brought")
    func sharedLock() async throws {
        let source = Source()
        let shelf = SharedShelf(.system)
        var limits = CacheLimits()
        limits.sharedLock = .seconds(60)
        limits.sharedLockPoll = .milliseconds(1)
        let caches = (0..<4).map { number in
            TieredCache<String>(limits: limits, tier: shelf.tier(number), codec: .text) { try await source.load($0) }
        }
        source["a"] = "value"
        source.hold()
        let tasks = caches.map { cache in Task { try await cache.value(for: "a") } }
        await source.untilLoads(1)
        while shelf.reads < 8 { await Task.yield() }
        source.release()
        for task in tasks { #expect(try await task.value == "value") }
        #expect(source.loads == 1)
        for cache in caches { await cache.shutDown() }
    }
}
