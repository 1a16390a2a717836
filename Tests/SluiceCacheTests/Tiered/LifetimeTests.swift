import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceCache

@Suite("How long values are of use")
struct LifetimeTests {
    private func cache(
        _ source: Source, _ time: ManualTime, _ lifetimes: CacheLifetimes, tier: (any CacheTier)? = nil,
        random: Double = 0
    ) -> TieredCache<String> {
        TieredCache<String>(
            CacheBounds(), lifetimes, CacheLimits(), .provided(by: time), tier: tier, codec: .text, weigher: nil,
            random: { random }, loader: { Loaded(try await source.load($0)) })
    }

    private func settle(_ cache: TieredCache<String>) async {
        while cache.state.withLock({ $0.table.count }) > 0 { await Task.yield() }
    }

    @Test("memory answers for its time, and then the source is asked again")
    func memory() async throws {
        let (source, time) = (Source(), ManualTime())
        let cache = cache(source, time, CacheLifetimes(memory: .milliseconds(100)))
        source["a"] = "old"
        #expect(try await cache.value(for: "a") == "old")
        source["a"] = "new"
        time.advance(by: .nanoseconds(99_999_999))
        #expect(try await cache.value(for: "a") == "old")
        time.advance(by: .nanoseconds(1))
        #expect(cache.cached("a") == nil)
        #expect(try await cache.value(for: "a") == "new")
        #expect(cache.statistics.hits == 1 && cache.statistics.misses == 3)
    }

    @Test("the shared tier answers for longer than memory")
    func shared() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let lifetimes = CacheLifetimes(memory: .milliseconds(100), shared: .seconds(300))
        let cache = cache(source, time, lifetimes, tier: shelf.tier(1))
        source["a"] = "value"
        #expect(try await cache.value(for: "a") == "value")
        await settle(cache)
        for _ in 0..<10 {
            time.advance(by: .seconds(29))
            #expect(try await cache.value(for: "a") == "value")
        }
        #expect(source.loads == 1 && cache.statistics.sharedHits == 10)
        time.advance(by: .seconds(10))
        #expect(try await cache.value(for: "a") == "value")
        #expect(source.loads == 2)
    }

    @Test("memory never holds a value for longer than it is fresh in the tier")
    func remainder() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        let lifetimes = CacheLifetimes(memory: .seconds(10), shared: .seconds(15))
        let first = cache(source, time, lifetimes, tier: shelf.tier(1))
        let second = cache(source, time, lifetimes, tier: shelf.tier(2))
        source["a"] = "value"
        _ = try await first.value(for: "a")
        await settle(first)
        time.advance(by: .seconds(14))
        #expect(try await second.value(for: "a") == "value")
        #expect(source.loads == 1)
        time.advance(by: .seconds(1))
        #expect(second.cached("a") == nil)
    }

    @Test("that there is no value is remembered for a time of its own, an error only if asked")
    func absence() async throws {
        let (source, time) = (Source(), ManualTime())
        var lifetimes = CacheLifetimes(memory: .seconds(60), absent: .seconds(5))
        lifetimes.failure = .seconds(2)
        let cache = cache(source, time, lifetimes)
        #expect(try await cache.value(for: "a") == nil)
        source["a"] = "value"
        time.advance(by: .seconds(4))
        #expect(try await cache.value(for: "a") == nil)
        time.advance(by: .seconds(1))
        #expect(try await cache.value(for: "a") == "value")
        source.fail()
        await #expect(throws: Source.Failure.self) { try await cache.value(for: "b") }
        source.fail(false)
        time.advance(by: .seconds(1))
        await #expect(throws: Source.Failure.self) { try await cache.value(for: "b") }
        #expect(source.loads == 3)
        time.advance(by: .seconds(1))
        #expect(try await cache.value(for: "b") == nil)
    }

    @Test("a stale value is answered at once while one fresh value is fetched")
    func whileRevalidating() async throws {
        let (source, time) = (Source(), ManualTime())
        var lifetimes = CacheLifetimes(memory: .seconds(1))
        lifetimes.staleWhileRevalidate = .seconds(10)
        let cache = cache(source, time, lifetimes)
        source["a"] = "old"
        _ = try await cache.value(for: "a")
        source["a"] = "new"
        source.hold()
        time.advance(by: .seconds(1))
        for _ in 0..<20 { #expect(try await cache.value(for: "a") == "old") }
        await source.untilLoads(2)
        source.release()
        await settle(cache)
        #expect(try await cache.value(for: "a") == "new")
        #expect(source.loads == 2 && cache.statistics.staleServed == 20)
        time.advance(by: .seconds(11))
        source["a"] = "newest"
        #expect(try await cache.value(for: "a") == "newest")
    }

    @Test("a stale value of the tier is answered while a fresh one is fetched")
    func whileRevalidatingShared() async throws {
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        var lifetimes = CacheLifetimes(memory: .milliseconds(100), shared: .seconds(10))
        lifetimes.staleWhileRevalidate = .seconds(5)
        let first = cache(source, time, lifetimes, tier: shelf.tier(1))
        let second = cache(source, time, lifetimes, tier: shelf.tier(2))
        source["a"] = "old"
        _ = try await first.value(for: "a")
        await settle(first)
        source["a"] = "new"
        time.advance(by: .seconds(12))
        #expect(try await second.value(for: "a") == "old")
        await settle(second)
        #expect(try await second.value(for: "a") == "new")
        #expect(source.loads == 2)
    }

    @Test("a stale value stands in for a source that fails, for a while")
    func ifError() async throws {
        let (source, time) = (Source(), ManualTime())
        var lifetimes = CacheLifetimes(memory: .seconds(1))
        lifetimes.staleIfError = .seconds(60)
        let cache = cache(source, time, lifetimes)
        source["a"] = "value"
        _ = try await cache.value(for: "a")
        source.fail()
        time.advance(by: .seconds(60))
        #expect(cache.cached("a") == nil)
        #expect(try await cache.value(for: "a") == "value")
        #expect(cache.statistics.staleServed == 1)
        time.advance(by: .seconds(1))
        await #expect(throws: Source.Failure.self) { try await cache.value(for: "a") }
    }

    @Test("a value that took long to load is fetched ahead of its time, behind an answer")
    func earlyRefresh() async throws {
        let (source, time) = (Source(), ManualTime())
        var lifetimes = CacheLifetimes(memory: .seconds(100))
        lifetimes.earlyRefresh = 1
        lifetimes.jitter = 0
        // −ln(1 − 0.6321…) is one: a load of two seconds is begun two seconds early.
        let cache = cache(source, time, lifetimes, random: 0.632_120_558_8)
        source["a"] = "old"
        source.hold()
        let first = Task { try await cache.value(for: "a") }
        await source.untilLoads(1)
        time.advance(by: .seconds(2))
        source.release()
        #expect(try await first.value == "old")
        await settle(cache)
        source["a"] = "new"
        time.advance(by: .milliseconds(97_990))
        #expect(try await cache.value(for: "a") == "old")
        #expect(source.loads == 1)
        time.advance(by: .milliseconds(20))
        #expect(try await cache.value(for: "a") == "old")
        await settle(cache)
        #expect(source.loads == 2 && cache.statistics.earlyRefreshes == 1)
        #expect(cache.cached("a") == "new")
    }

    @Test("jitter shortens lifetimes, by no more than its share")
    func jitter() async throws {
        let (source, time) = (Source(), ManualTime())
        var lifetimes = CacheLifetimes(memory: .seconds(100))
        lifetimes.jitter = 0.2
        let cache = cache(source, time, lifetimes, random: 0.5)
        source["a"] = "value"
        _ = try await cache.value(for: "a")
        time.advance(by: .milliseconds(89_999))
        #expect(cache.cached("a") == "value")
        time.advance(by: .milliseconds(2))
        #expect(cache.cached("a") == nil)
    }

    @Test("a loader may say for how long a value is fresh")
    func ownLifetime() async throws {
        let time = ManualTime()
        let cache = TieredCache<Int>(
            time: .provided(by: time),
            loadingWithLifetime: { name in Loaded(1, freshFor: name == "never" ? .zero : .hours(1)) })
        #expect(try await cache.value(for: "long") == 1)
        #expect(try await cache.value(for: "never") == 1)
        time.advance(by: .minutes(50))
        #expect(cache.cached("long") == 1)
        #expect(cache.cached("never") == nil)
    }
}
