import RedisServers
import Sluice
import SluiceRedis
import Testing

@testable import SluiceServer

@Suite("HTTP while Redis comes and goes", .timeLimit(.minutes(10)))
struct SharedStoreTests {
    private static func check(_ policy: String, path: String = "/v1/check", details: Bool = false) -> String {
        let more = details ? ",\"details\":true" : ""
        return ServerUnderTest.text("POST", path, "{\"policy\":\"\(policy)\",\"descriptor\":{\"user\":\"1\"}\(more)}")
    }

    @Test("readiness follows the store, liveness does not", arguments: [1, 3])
    func readiness(threads: Int) async throws {
        try await OwnRedis.during(timeout: .milliseconds(500)) { redis in
            try await ServerUnderTest.run(on: .redis, ownStore: redis.store, threads: threads) { server in
                try await eventually("it is ready") { try await server.request("GET", "/readyz").status == 200 }
                for _ in 0..<2 {
                    await redis.server.kill()
                    let away = try await server.request("GET", "/readyz")
                    #expect(away.status == 503)
                    #expect(away["Content-Type"] == "application/problem+json")
                    #expect(try (away.json["detail"] as? String)?.contains("Redis does not answer") == true)
                    #expect(try await server.request("GET", "/healthz").status == 200)
                    try await redis.server.restart()
                    try await eventually("it is ready again") {
                        try await server.request("GET", "/readyz").status == 200
                    }
                }
                redis.server.pause()
                #expect(try await server.request("GET", "/readyz").status == 503)
                redis.server.resume()
                try await eventually("it is ready again") { try await server.request("GET", "/readyz").status == 200 }
            }
        }
    }

    @Test("a cluster is ready", arguments: [1, 2])
    func clusterReadiness(threads: Int) async throws {
        try await ServerUnderTest.run(on: .cluster, threads: threads) { server in
            try await eventually("it is ready") { try await server.request("GET", "/readyz").status == 200 }
        }
    }

    @Test("a server that starts without Redis serves by the failure choices, and recovers by itself")
    func startsWithout() async throws {
        try await OwnRedis.during(timeout: .milliseconds(500)) { redis in
            await redis.server.kill()
            try await ServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) { server in
                #expect(try await server.request("GET", "/readyz").status == 503)
                try await server.connect { connection in
                    for (policy, status) in [("open", 200), ("shut", 429), ("here", 200)] {
                        for details in [false, true] {
                            try await connection.send(Self.check(policy, details: details))
                            let reply = try await connection.reply()
                            #expect(reply.status == status, "\(policy)")
                            #expect(try reply.json["degraded"] as? Bool == true)
                            if policy == "shut" { #expect(try reply.json["reason"] as? String == "store_failed") }
                        }
                    }
                }
                for path in ["/v1/refund", "/v1/reset"] {
                    let refused = try await server.connect { connection in
                        try await connection.send(Self.check("open", path: path))
                        return try await connection.reply()
                    }
                    #expect(refused.status == 503 && refused["Retry-After"] == "1")
                    #expect(try (refused.json["detail"] as? String)?.contains("ask again") == true)
                }
                try await redis.server.restart()
                try await eventually("decisions are made on Redis") {
                    try await server.connect { connection in
                        try await connection.send(Self.check("shut"))
                        let reply = try await connection.reply()
                        return try reply.status == 200 && reply.json["degraded"] as? Bool == false
                    }
                }
                try await eventually("it is ready") { try await server.request("GET", "/readyz").status == 200 }
            }
        }
    }

    @Test("a stream is answered line for line though Redis stops in its middle")
    func stream() async throws {
        try await OwnRedis.during(timeout: .milliseconds(500)) { redis in
            try await ServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) { server in
                try await server.connect { connection in
                    let line = "{\"policy\":\"open\",\"descriptor\":{\"user\":\"1\"}}\n"
                    try await connection.send(DecisionStreamTests.head)
                    try await connection.send(DecisionStreamTests.chunk(line))
                    try await connection.text(until: "\"remaining\":999")
                    redis.server.pause()
                    try await connection.send(
                        DecisionStreamTests.chunk(String(repeating: line, count: 20) + "{\"policy\":\"opne\"}\n" + line)
                    )
                    await redis.server.kill()
                    try await connection.send("0\r\n\r\n")
                    let lines = try await connection.reply().body.split(separator: "\n")
                    #expect(lines.count == 23)
                    #expect(lines[1..<21].allSatisfy { $0.contains("\"degraded\":true") })
                    #expect(lines[21].contains("did you mean 'open'?"))
                    #expect(lines[22].contains("\"degraded\":true"))
                }
            }
        }
    }

    @Test("what is sent ahead is answered in order though each decision is awaited, and clients may go meanwhile")
    func pipelining() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await ServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) { server in
                redis.server.pause()
                defer { redis.server.resume() }
                for _ in 0..<5 {
                    try await server.connect { gone in try await gone.send(Self.check("open") + Self.check("open")) }
                }
                try await server.connect { connection in
                    let texts = (0..<20).map { index in
                        index.isMultiple(of: 3)
                            ? ServerUnderTest.text("GET", "/healthz") : Self.check("shut", details: index == 4)
                    }
                    try await connection.send(texts.joined())
                    redis.server.resume()
                    var remaining: [Int] = []
                    for index in texts.indices {
                        let reply = try await connection.reply()
                        #expect(reply.status == 200)
                        #expect(reply.body.hasPrefix(index.isMultiple(of: 3) ? "ok" : "{"))
                        if let count = try? reply.json["remaining"] as? Int { remaining.append(count) }
                    }
                    #expect(remaining == Array((987...999).reversed()))
                }
            }
        }
    }

    @Test("a graceful stop answers what waits for Redis first")
    func gracefulStop() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await ServerUnderTest.run(on: .redis, ownStore: redis.store, policies: OwnRedis.policies) { server in
                redis.server.pause()
                defer { redis.server.resume() }
                try await server.connect { waiting in
                    try await waiting.send(Self.check("shut"))
                    try await server.connect { idle in
                        try await idle.send(ServerUnderTest.text("GET", "/healthz"))
                        // Read after what was sent before it, on the same event loop.
                        #expect(try await idle.reply().status == 200)
                        await server.server.shutDown()
                        #expect(try await idle.rest().isEmpty)
                    }
                    redis.server.resume()
                    let reply = try await waiting.reply()
                    #expect(reply.status == 200 && reply["Connection"] == "close")
                    #expect(try await waiting.rest().isEmpty)
                }
            }
        }
    }
}
