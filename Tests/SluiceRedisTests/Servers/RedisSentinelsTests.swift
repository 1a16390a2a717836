import RedisServers
import Testing

@Suite("Sentinels for tests", .timeLimit(.minutes(10)))
struct RedisSentinelsTests {
    @Test func `They name a new primary, when asked and when the old one is killed`() async throws {
        try await RedisSentinels.during { sentinels in
            let first = try await sentinels.primary()
            #expect(first === sentinels.servers[0])
            try await sentinels.failOver()
            let second = try await sentinels.primary()
            #expect(second === sentinels.servers[1])
            try await eventually("the old primary copies the new one") {
                try await first.info("replication")["master_link_status"] == "up"
            }
            await second.kill()
            try await sentinels.waitUntilTakenOver(from: second)
            #expect(try await sentinels.primary() === first)
        }
    }
}
