import RedisServers
import Sluice
import SluiceCache
import SluiceRedis
import Synchronization
import Testing

/// A loader's way of waiting until a test lets it go on.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, arrived: Int, waiting: [CheckedContinuation<Void, Never>])>((false, 0, []))

    var arrived: Int { state.withLock { $0.arrived } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.arrived += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if goesOn { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

@Suite("A cache on Redis when something goes wrong", .serialized, .timeLimit(.minutes(10)))
struct RedisCacheFaultTests {
    @Test(
        "a load that another instance's invalidation overtakes is not kept in Redis",
        arguments: [CacheScope.name("a"), .tag("t"), .matching("a*"), .everything])
    func overtaken(_ scope: CacheScope) async throws {
        try await RedisServer.during { server in
            let (source, gate) = (TestSource(), Gate())
            source["a"] = "old"
            let plain: (inout RedisCacheStore) -> Void = { $0.names = .plain }
            let slow = try await CachePair.instance(server.url, source, change: plain) { name in
                let value = source.load(name)
                await gate.pass()
                return value
            }
            let quick = try await CachePair.instance(server.url, source, change: plain)
            let load = Task { try await slow.value(for: "a", tags: ["t"]) }
            try await eventually("the load has begun") { gate.arrived == 1 }
            source["a"] = "new"
            try await quick.invalidate(scope)
            gate.open()
            #expect(try await load.value == "old")
            #expect(try await quick.value(for: "a", tags: ["t"]) == "new")
            try await eventually("the slow instance has forgotten") {
                try await slow.value(for: "a", tags: ["t"]) == "new"
            }
            await slow.shutDown()
            await quick.shutDown()
        }
    }

    @Test("who has invalidated never reads what was before, whatever others load meanwhile", arguments: 1...3)
    func races(seed: UInt64) async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            source["a"] = "0"
            let lifetimes = CacheLifetimes(memory: .milliseconds(20 * Int(seed)), shared: .hours(1))
            try await CachePair.during(server.url, source, lifetimes: lifetimes) { first, second in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for cache in [first, second] {
                        for _ in 0..<4 {
                            group.addTask {
                                for _ in 0..<150 { _ = try await cache.value(for: "a", tags: ["t"]) }
                            }
                        }
                    }
                    group.addTask {
                        for version in 1...100 {
                            source["a"] = "\(version)"
                            let cache = version.isMultiple(of: 2) ? first : second
                            try await cache.invalidate(version.isMultiple(of: 3) ? .tag("t") : .name("a"))
                            let seen = try await cache.value(for: "a", tags: ["t"])
                            #expect(seen == "\(version)", "seed \(seed)")
                        }
                    }
                    try await group.waitForAll()
                }
                for cache in [first, second] {
                    try await eventually("both have the last value") { try await cache.value(for: "a") == "100" }
                }
            }
        }
    }

    @Test("Redis that is gone costs loads and no answers, and nothing old is answered once it is back")
    func restart() async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            source["a"] = "old"
            try await CachePair.during(server.url, source) { first, second in
                _ = try await first.value(for: "a")
                _ = try await second.value(for: "a")
                await server.kill()
                try await eventually("both know") { first.isUntold && second.isUntold }
                #expect(try await first.value(for: "a") == "old")
                source["a"] = "new"
                let error = await #expect(throws: SluiceError.self) { try await second.invalidate(.name("a")) }
                #expect(error?.code == .storeFailed)
                #expect(try await second.value(for: "a") == "new")
                // The other was not told; what it keeps meanwhile gets old soon.
                try await eventually("the other has it") { try await first.value(for: "a") == "new" }
                try await server.restart()
                try await eventually("both are told again") { !first.isUntold && !second.isUntold }
                #expect(try await first.value(for: "a") == "new")
                source["a"] = "newest"
                try await eventually("it works as before") {
                    try await second.invalidate(.name("a"))
                    return try await first.value(for: "a") == "newest"
                }
                #expect(first.statistics.linesLost == 1)
            }
        }
    }

    @Test("a line that is cut or that swallows everything is noticed, and what was missed is forgotten")
    func lostLine() async throws {
        try await RedisServer.during { server in
            try await TCPProxy.during(to: server.port) { proxy in
                let source = TestSource()
                source["a"] = "0"
                let near = try await CachePair.instance(server.url, source)
                let far = try await CachePair.instance(proxy.url, source)
                for round in 1...4 {
                    try await eventually("the far one has the value in memory") {
                        _ = try await far.value(for: "a")
                        return !far.isUntold && far.cached("a") == "\(round - 1)"
                    }
                    if round.isMultiple(of: 2) {
                        try await proxy.closeAll()
                    } else {
                        try await proxy.swallowOpenConnections()
                    }
                    source["a"] = "\(round)"
                    try await near.invalidate(.name("a"))
                    try await eventually("the far one does not trust its memory") {
                        try await far.value(for: "a") == "\(round)"
                    }
                    try await eventually("the line is back") { !far.isUntold }
                    #expect(far.statistics.linesLost >= round)
                }
                await near.shutDown()
                await far.shutDown()
            }
        }
    }

    @Test("of several instances one loads; one that died with the right to load loses it")
    func sharedLock() async throws {
        try await RedisServer.during { server in
            let (source, gate) = (TestSource(), Gate())
            source["a"] = "value"
            source["b"] = "other"
            var limits = CacheLimits()
            limits.sharedLock = .seconds(30)
            var caches: [TieredCache<String>] = []
            for _ in 0..<3 {
                let cache = try await CachePair.instance(
                    server.url, source, limits: limits, change: { $0.names = .plain }
                ) { name in
                    if name == "a" { await gate.pass() }
                    return source.load(name)
                }
                caches.append(cache)
            }
            let tasks = caches.map { cache in Task { try await cache.value(for: "a") } }
            try await eventually("one loads") { gate.arrived == 1 }
            gate.open()
            for task in tasks { #expect(try await task.value == "value") }
            #expect(source.loads == 1)
            try await eventually("the right is given back") {
                try await server.command("EXISTS", "cache:l:a").number == 0
            }
            // Somebody took the right, and will never give it back.
            try await server.succeed("SET", "cache:l:b", "gone", "PX", "300")
            #expect(try await caches[0].value(for: "b") == "other")
            #expect(source.loads == 2)
            for cache in caches { await cache.shutDown() }
        }
    }
}
