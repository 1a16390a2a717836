import RESP
import RedisServers
import SluiceCache
import SluiceRedis
import Testing

@Suite("A cache behind Sentinels", .timeLimit(.minutes(10)))
struct RedisCacheSentinelTests {
    @Test("follows the master that is named, hears of invalidations again, and answers nothing old")
    func failover() async throws {
        try await RedisSentinels.during { sentinels in
            let source = TestSource()
            source["a"] = "old"
            let addresses = sentinels.sentinels.map { NodeAddress.tcp(host: "127.0.0.1", port: $0.port) }
            let change: (inout RedisCacheStore) -> Void = {
                $0.redis.addresses = addresses
                $0.redis.topology = .sentinel(master: RedisSentinels.name)
            }
            let master = try await sentinels.primary()
            try await CachePair.during(master.url, source, change: change) { first, second in
                #expect(try await first.value(for: "a") == "old")
                #expect(try await second.value(for: "a") == "old")
                await master.kill()
                try await eventually("both know") { first.isUntold && second.isUntold }
                try await sentinels.waitUntilTakenOver(from: master)
                try await eventually("both are told again", within: .seconds(60)) {
                    !first.isUntold && !second.isUntold
                }
                source["a"] = "new"
                try await eventually("an invalidation gets through", within: .seconds(60)) {
                    (try? await second.invalidate(.name("a"))) != nil
                }
                try await eventually("the other one has heard of it") { try await first.value(for: "a") == "new" }
                #expect(first.statistics.linesLost >= 1)
            }
        }
    }
}
