import RESP
import RedisServers
import Sluice
import SluiceCache
import SluiceRedis
import Testing

@Suite("A cache on Redis", .timeLimit(.minutes(5)))
struct RedisCacheTests {
    private static let names: [RedisCacheStore.Names] = [.hashed, .plain]

    @Test("one instance loads, the others find it in Redis, and it stays no longer than it is of use", arguments: names)
    func sharing(_ names: RedisCacheStore.Names) async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            source["product:42"] = "tea"
            try await CachePair.during(server.url, source, change: { $0.names = names }) { first, second in
                #expect(try await first.value(for: "product:42", tags: ["products"]) == "tea")
                try await CachePair.untilFilled(server)
                #expect(try await second.value(for: "product:42") == "tea")
                #expect(source.loads == 1 && second.statistics.sharedHits == 1)
                #expect(try await first.value(for: "nothing") == nil)
                try await CachePair.untilFilled(server, 2)
                #expect(try await second.value(for: "nothing") == nil)
                #expect(source.loads == 2)
                let keys = try await server.command("KEYS", "*").list.compactMap(\.text)
                #expect(keys.contains("cache:v:product:42") == (names == .plain))
                #expect(keys.allSatisfy { $0.hasPrefix("cache:v:") })
                for key in keys {
                    let left = try await server.command("PTTL", key).number ?? 0
                    #expect(left > 0 && left <= 3_600_000)
                }
            }
        }
    }

    @Test("what one instance invalidates the other forgets", arguments: names)
    func invalidation(_ names: RedisCacheStore.Names) async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            var scopes: [CacheScope] = [.name("user:1"), .tag("users"), .everything]
            if names == .plain { scopes.append(.matching("us*:1")) }
            try await CachePair.during(server.url, source, change: { $0.names = names }) { first, second in
                for (round, scope) in scopes.enumerated() {
                    source["user:1"] = "old \(round)"
                    try await first.invalidate(.everything)
                    _ = try await first.value(for: "user:1", tags: ["users"])
                    try await eventually("the other has it too") {
                        try await second.value(for: "user:1", tags: ["users"]) == "old \(round)"
                    }
                    source["user:1"] = "new \(round)"
                    try await first.invalidate(scope)
                    #expect(try await first.value(for: "user:1") == "new \(round)", "\(scope)")
                    try await eventually("the other has forgotten") {
                        try await second.value(for: "user:1") == "new \(round)"
                    }
                }
            }
        }
    }

    @Test("nobody who asks after an invalidation gets what Redis had before it, whatever tags he names")
    func tagsOfOthers() async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            try await CachePair.during(server.url, source) { first, second in
                source["a"] = "old"
                _ = try await first.value(for: "a", tags: ["x", "y"])
                try await CachePair.untilFilled(server)
                #expect(try await second.value(for: "a") == "old")
                #expect(source.loads == 1)
                source["a"] = "new"
                try await first.invalidate(.tag("y"))
                try await eventually("who named no tag has forgotten too") {
                    try await second.value(for: "a") == "new"
                }
                let third = try await CachePair.instance(server.url, source)
                #expect(try await third.value(for: "a", tags: ["z"]) == "new")
                await third.shutDown()
            }
        }
    }

    @Test("patterns need names that Redis can read, and are remembered in a bounded number")
    func patterns() async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            try await CachePair.during(server.url, source) { first, _ in
                let error = await #expect(throws: SluiceError.self) { try await first.invalidate(.matching("a*")) }
                #expect(error?.code == .unsupported && error?.message.contains("tag") == true)
            }
            try await CachePair.during(
                server.url, source, change: { ($0.names, $0.patterns, $0.prefix) = (.plain, 3, "p") }
            ) { first, _ in
                for name in ["a?:1", "axx:1", "b:1"] {
                    source[name] = "old"
                    _ = try await first.value(for: name)
                }
                try await CachePair.untilFilled(server, 3)
                for number in 0..<3 { try await first.invalidate(.matching("none:\(number):*")) }
                #expect(try await server.command("EXISTS", "p:v:b:1").number == 1)
                // What is special to Redis is not to us, and its memory is freed.
                try await first.invalidate(.matching("a?:*"))
                let left = Set(try await server.command("KEYS", "p:v:*").list.compactMap(\.text))
                #expect(left == ["p:v:axx:1", "p:v:b:1"])
                let log = try await server.command("GET", "p:patterns").text ?? ""
                #expect(log.split(separator: "\n").count == 4)
                // The oldest was forgotten, so what is older than it does not hold any more.
                source["b:1"] = "new"
                let other = try await CachePair.instance(
                    server.url, source, change: { ($0.names, $0.prefix) = (.plain, "p") })
                #expect(try await other.value(for: "b:1") == "new")
                await other.shutDown()
            }
        }
    }

    @Test("a value that is stored reaches the others")
    func storing() async throws {
        try await RedisServer.during { server in
            let source = TestSource()
            source["a"] = "old"
            try await CachePair.during(server.url, source) { first, second in
                _ = try await second.value(for: "a")
                source["a"] = "new"
                try await first.store("new", for: "a")
                #expect(first.cached("a") == "new")
                try await eventually("the other has it") { try await second.value(for: "a") == "new" }
                #expect(source.loads == 1)
            }
        }
    }

    @Test("a value of another form is loaded again")
    func otherForm() async throws {
        struct Product: Codable, Cacheable, Equatable { var name: String }
        try await RedisServer.during { server in
            let source = TestSource()
            source["a"] = "no JSON"
            let text = try await CachePair.instance(server.url, source)
            _ = try await text.value(for: "a")
            try await CachePair.untilFilled(server)
            let products = TieredCache<Product>(
                tier: RedisCacheTier(try RedisCacheStore(server.url)), codec: .json()
            ) { Product(name: $0) }
            #expect(try await products.value(for: "a") == Product(name: "a"))
            #expect(products.statistics.sharedFailures == 1)
            await products.shutDown()
            await text.shutDown()
        }
    }

    @Test("in a cluster names, tags and the channel lie on several nodes")
    func cluster() async throws {
        try await RedisCluster.during { cluster in
            let source = TestSource()
            func instance() async throws -> TieredCache<String> {
                var store = try RedisCacheStore(cluster: cluster.url)
                store.redis.backOff.maximum = .milliseconds(50)
                let cache = TieredCache<String>(
                    lifetimes: CachePair.lasting, tier: RedisCacheTier(store), codec: .text
                ) { source.load($0) }
                try await CachePair.untilTold(cache)
                return cache
            }
            let (first, second) = (try await instance(), try await instance())
            for number in 0..<20 {
                source["\(number)"] = "old"
                #expect(try await first.value(for: "\(number)", tags: ["all", "\(number % 2)"]) == "old")
                _ = try await second.value(for: "\(number)", tags: ["all", "\(number % 2)"])
            }
            for number in 0..<20 { source["\(number)"] = "new" }
            try await first.invalidate(.tag("0"))
            for number in 0..<20 {
                try await eventually("both have forgotten") {
                    let expected = number % 2 == 0 ? "new" : "old"
                    let values = (try await first.value(for: "\(number)"), try await second.value(for: "\(number)"))
                    return values == (expected, expected)
                }
            }
            await first.shutDown()
            await second.shutDown()
        }
    }
}
