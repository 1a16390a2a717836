import NIOCore
import RESP
import RedisServers
import Testing

@Suite("A real Redis server")
struct RedisServerTests {
    @Test("is spoken to in either version of the protocol", arguments: [RESPVersion.two, .three])
    func versions(_ version: RESPVersion) async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during("\(server.url)?protocol=\(version.rawValue)") { node async throws in
            let key = "versions:\(version)"
            #expect(try await node.execute(Redis.PING()) == "PONG")
            #expect(try await node.onLoop(\.version) == version)
            #expect(try await node.execute(Redis.GET(key)) == nil)
            #expect(try await node.execute(Redis.SET(key, "a", expiresInMilliseconds: 60_000)))
            #expect(try await !node.execute(Redis.SET(key, "b", if: .absent)))
            #expect(try await node.execute(Redis.SET(key, "c", if: .present)))
            #expect(try await node.execute(Redis.PTTL(key)) == -1)
            #expect(try await node.execute(Redis.GET(key)) == ByteBuffer(string: "c"))
            #expect(try await node.execute(Redis.DEL([key, "none"])) == 1)
            #expect(try await node.execute(Redis.TIME()) > 1_700_000_000_000_000)
            #expect(try await node.execute(Redis.INFO("server")).contains("redis_version"))
            #expect(try await node.execute(Redis.ROLE()).first?.text == "master")
            #expect(try await node.execute(Redis.HELLO(version: version)).contains { $0.key.text == "proto" })
        }
    }

    @Test("sends every kind of value", arguments: [RESPVersion.two, .three])
    func kinds(_ version: RESPVersion) async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during("\(server.url)?protocol=\(version.rawValue)") { node async throws in
            let isThree = version == .three
            func kind(_ name: String) async throws -> RESPValue {
                try await node.execute(Redis.Command(["DEBUG", "PROTOCOL", name]))
            }
            #expect(try await kind("string") == .bulk("Hello World"))
            #expect(try await kind("integer") == .integer(12_345))
            #expect(try await kind("double") == (isThree ? .double(3.141) : .bulk("3.141")))
            #expect(try await kind("null") == .null)
            #expect(try await kind("array") == .array([.integer(0), .integer(1), .integer(2)]))
            #expect(try await kind("true") == (isThree ? .boolean(true) : .integer(1)))
            #expect(try await kind("map").pairs?.count == 3)
            #expect(try await kind("set").elements?.count == 3)
            #expect(try await kind("verbatim").text == "This is a verbatim\nstring")
            #expect(try await kind("bignum").text == "1234567999999999999999999999999999999")
            if isThree { #expect(try await kind("attrib") == .bulk("Some real reply following the attribute")) }
        }
    }

    @Test("runs scripts, also by their digest")
    func scripts() async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during(server.url) { node async throws in
            let script = "return {KEYS[1], ARGV[1], 7, false}"
            let expected = RESPValue.array([.bulk("k"), .bulk("a"), .integer(7), .null])
            let arguments = [ByteBuffer(string: "a")]
            #expect(try await node.execute(Redis.EVAL(script, keys: ["k"], arguments: arguments)) == expected)
            let digest = try await node.execute(Redis.ScriptLoad(script))
            #expect(try await node.execute(Redis.EVALSHA(digest, keys: ["k"], arguments: arguments)) == expected)
            let unknown = Redis.EVALSHA(String(repeating: "0", count: 40))
            let error = await #expect(throws: RedisError.self) { try await node.execute(unknown) }
            #expect(error?.code == .rejected)
            #expect(error?.reply?.code == "NOSCRIPT")
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("answers many commands at once in their order")
    func pipeline() async throws {
        try await RedisServer.during { server in
            try await RedisNode.during(server.url) { node async throws in
                let commands = [Redis.Command](repeating: Redis.Command(["INCR", "count"]), count: 10_000)
                let results = try await node.execute(commands)
                #expect(results.map { try? $0.get().integer } == (1...10_000).map { Int64($0) })
                let numbers = try await node.onLoop { node in Self.increments(10_000, node) }.get()
                #expect(numbers == (10_001...20_000).map { Int64($0) })
                let statistics = try await node.onLoop(\.statistics)
                #expect(statistics.connections.received == 20_000)
                #expect(statistics.connections.sent == 10_001)
                #expect(statistics.connections.batches < 20)
            }
        }
    }

    /// Sends many requests in one turn of the event loop.
    private static func increments(_ count: Int, _ node: RedisNode) -> EventLoopFuture<[Int64]> {
        let done = node.eventLoop.makePromise(of: [Int64].self)
        var numbers: [Int64] = []
        for _ in 0..<count {
            let deadline = node.eventLoop.now + .seconds(20)
            node.send(Redis.Command(["INCR", "count"]), deadline: deadline) { result in
                numbers.append((try? result.get().integer) ?? -1)
                if numbers.count == count { done.succeed(numbers) }
            }
        }
        return done.futureResult
    }

    @Test("sends long replies whole")
    func longReplies() async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during(server.url) { node async throws in
            let value = ByteBuffer(repeating: 0x61, count: 20 << 20)
            #expect(try await node.execute(Redis.SET("long", value)))
            #expect(try await node.execute(Redis.GET("long")) == value)
            _ = try await node.execute(Redis.DEL(["long"]))
            let list = Redis.EVAL("local t = {} for i = 1, 200000 do t[i] = i end return t")
            let numbers = try await node.execute(list).elements
            #expect(numbers == (1...200_000).map { .integer($0) })
        }
    }

    @Test("shows who is connected")
    func clientName() async throws {
        let server = try await RedisServer.shared()
        for version in [2, 3] {
            try await RedisNode.during("\(server.url)/7?client_name=web-\(version)&protocol=\(version)") {
                node async throws in
                let list = try await node.execute(Redis.Command(["CLIENT", "INFO"])).text ?? ""
                #expect(list.contains("name=web-\(version) "))
                #expect(list.contains(" db=7 "))
            }
        }
    }

    @Test("is reached by a Unix socket")
    func unixSocket() async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during(#require(server.unixURL)) { node async throws in
            #expect(try await node.execute(Redis.PING()) == "PONG")
        }
    }
}
