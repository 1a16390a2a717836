import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceCache

@Suite("One load for all who ask")
struct SingleLoadTests {
    private func cache(_ source: Source, limits: CacheLimits = CacheLimits()) -> TieredCache<String> {
        TieredCache<String>(lifetimes: CacheLifetimes(memory: .seconds(60)), limits: limits) { name in
            try await source.load(name)
        }
    }

    @Test("10,000 who miss one name at once load it once")
    func tenThousand() async throws {
        let source = Source()
        source["a"] = "value"
        source.hold()
        let cache = cache(source)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<10_000 { group.addTask { try await cache.value(for: "a") } }
            while cache.state.withLock({ $0.table.waiterCount }) < 10_000 { await Task.yield() }
            source.release()
            for try await value in group where value != "value" { Issue.record("not the value") }
        }
        #expect(source.loads == 1)
        #expect(cache.statistics.loads == 1)
        #expect(cache.statistics.joined == 9_999)
        #expect(cache.cached("a") == "value")
    }

    @Test("who is cancelled leaves at once, and the others get the value")
    func oneLeaves() async throws {
        let source = Source()
        source["a"] = "value"
        source.hold()
        let cache = cache(source)
        let first = Task { try await cache.value(for: "a") }
        await source.untilLoads(1)
        let second = Task { try await cache.value(for: "a") }
        while cache.statistics.joined < 1 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        source.release()
        #expect(try await second.value == "value")
        #expect(source.loads == 1 && source.cancelled == 0)
    }

    @Test("when all are cancelled the load is, and whoever comes next begins another")
    func allLeave() async throws {
        let source = Source()
        source["a"] = "value"
        source.hold()
        let cache = cache(source)
        let tasks = (0..<5).map { _ in Task { try await cache.value(for: "a") } }
        while cache.statistics.joined < 4 { await Task.yield() }
        await source.untilLoads(1)
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        while source.cancelled == 0 { await Task.yield() }
        source.release()
        #expect(try await cache.value(for: "a") == "value")
        #expect(source.loads == 2)
        while cache.state.withLock({ $0.table.count }) > 0 { await Task.yield() }
        #expect(cache.state.withLock { $0.tasks.isEmpty && $0.table.waiterCount == 0 })
    }

    @Test("a task that is cancelled already loads nothing")
    func cancelledBefore() async {
        let source = Source()
        let cache = cache(source)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await cache.value(for: "a")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(source.loads == 0)
    }

    @Test("an error goes to all who wait, and is not remembered")
    func errors() async throws {
        let source = Source()
        source.fail()
        source.hold()
        let cache = cache(source)
        let tasks = (0..<10).map { _ in Task { try await cache.value(for: "a") } }
        while cache.statistics.joined < 9 { await Task.yield() }
        source.release()
        for task in tasks { await #expect(throws: Source.Failure.self) { try await task.value } }
        #expect(source.loads == 1)
        source.fail(false)
        source["a"] = "value"
        #expect(try await cache.value(for: "a") == "value")
        #expect(cache.statistics.failedLoads == 1 && cache.statistics.loads == 1)
    }

    @Test("no more loads run at once than may, and what is above the queue is refused")
    func bounds() async throws {
        let source = Source()
        source.hold()
        var limits = CacheLimits()
        limits.loads = 3
        limits.queuedLoads = 2
        let cache = cache(source, limits: limits)
        let tasks = (0..<5).map { number in Task { try await cache.value(for: "\(number)") } }
        while cache.state.withLock({ $0.table.waiterCount }) < 5 { await Task.yield() }
        await source.untilLoads(3)
        let error = await #expect(throws: SluiceError.self) { try await cache.value(for: "one too many") }
        #expect(error?.code == .tooManyWaiters)
        #expect(source.loads == 3)
        source.release()
        for task in tasks { #expect(try await task.value == nil) }
        #expect(source.loads == 5)
        #expect(cache.statistics.refused == 1)
    }

    @Test("shutting down waits for what runs and refuses what comes")
    func shutDown() async throws {
        let source = Source()
        source["a"] = "value"
        source.hold()
        let cache = cache(source)
        let task = Task { try await cache.value(for: "a") }
        await source.untilLoads(1)
        let ending = Task { await cache.shutDown() }
        while !cache.state.withLock({ $0.table.isClosed }) { await Task.yield() }
        let error = await #expect(throws: SluiceError.self) { try await cache.value(for: "b") }
        #expect(error?.code == .storeFailed)
        source.release()
        await ending.value
        #expect(try await task.value == "value")
        #expect(try await cache.value(for: "a") == "value")
    }
}
