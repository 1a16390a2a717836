import NIOCore
import RedisServers
import Testing

@testable import RESP

@Suite("A client of a master that real Sentinels watch")
struct RealSentinelTests {
    private func configuration(_ sentinels: [RedisServer]) throws -> RedisConfiguration {
        var configuration = RedisConfiguration(addresses: sentinels.map { .tcp(host: "127.0.0.1", port: $0.port) })
        configuration.topology = .sentinel(master: RedisSentinels.name)
        configuration.commandTimeout = .seconds(20)
        return configuration
    }

    @Test("follows when the master is changed in good order, and when it is killed")
    func failover() async throws {
        try await RedisSentinels.during { sentinels in
            try await RedisClient.during(try configuration(sentinels.sentinels)) { client in
                let first = try await sentinels.primary()
                try await client.execute(Redis.SET("watched", "1"))
                #expect(try await client.ports(for: "watched").contains(first.port))
                try await sentinels.failOver()
                let second = try await sentinels.primary()
                try await eventually("writes reach the new master") {
                    try await client.execute(Redis.SET("watched", "2"))
                    return try await client.connectedPorts() == [second.port]
                }
                #expect(try await second.succeed("GET", "watched") == .text("2"))
                // What was the master copies the new one by now, and can take over again.
                try await sentinels.waitUntilReplicated()
                await second.kill()
                try await sentinels.waitUntilTakenOver(from: second)
                try await eventually("writes reach the former master again") {
                    try await client.execute(Redis.SET("watched", "3"))
                    return try await client.connectedPorts() == [first.port]
                }
            }
        }
    }

    @Test("learns of further Sentinels, and does without those that were named")
    func sentinels() async throws {
        try await RedisSentinels.during { sentinels in
            let named = sentinels.sentinels[0]
            try await RedisClient.during(try configuration([named])) { client in
                try await client.execute(Redis.SET("learned", "1"))
                try await eventually("each lane knows all Sentinels") {
                    for lane in client.lanes {
                        let known = try await lane.eventLoop.submit { lane.sentinels.count }.get()
                        guard known == 3 else { return false }
                    }
                    return true
                }
                await named.kill()
                let old = try await sentinels.primary()
                await old.kill()
                try await sentinels.waitUntilTakenOver(from: old)
                try await eventually("writes reach the new master") {
                    try await client.execute(Redis.SET("learned", "2"))
                    return true
                }
            }
        }
    }

    @Test("says that nobody knows the name")
    func unknownName() async throws {
        let server = try await RedisServer.shared()
        var configuration = try configuration([server])
        configuration.commandTimeout = .seconds(5)
        try await RedisClient.during(configuration) { client in
            let error = await #expect(throws: RedisError.self) { try await client.execute(Redis.PING()) }
            #expect(error?.code == .unavailable && error?.message.contains(RedisSentinels.name) == true)
        }
    }
}
