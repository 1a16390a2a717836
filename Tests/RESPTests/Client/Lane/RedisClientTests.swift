import NIOCore
import NIOPosix
import RedisServers
import Testing

@testable import RESP

@Suite("A client of one server")
struct RedisClientTests {
    private func configuration(_ server: RedisServer) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(20)
        return configuration
    }

    @Test("executes commands, and tells the server's refusals as errors")
    func execute() async throws {
        let server = try await RedisServer.shared()
        try await RedisClient.during(try configuration(server)) { client in
            try await client.execute(Redis.SET("client:greeting", "hello"))
            #expect(try await client.execute(Redis.GET("client:greeting")) == ByteBuffer(string: "hello"))
            let error = await #expect(throws: RedisError.self) {
                try await client.execute(Increment(key: "client:greeting"))
            }
            #expect(error?.code == .rejected && error?.reply?.code == "ERR" && error?.mayHaveRun == false)
            #expect(try await client.reply(to: Redis.PING().encoded()) == .simple("PONG"))
        }
    }

    @Test("executes many commands at once and answers in their order, for each by itself")
    func many() async throws {
        let server = try await RedisServer.shared()
        try await RedisClient.during(try configuration(server)) { client in
            try await client.execute(Redis.SET("client:text", "text"))
            try await client.execute(Redis.DEL(["client:many"]))
            let keys = (1...200).map { $0 == 50 ? "client:text" : "client:many" }
            let results = await client.execute(keys.map { Increment(key: $0) })
            let counts = results.map { try? $0.get() }
            #expect(counts[49] == nil && counts.compactMap { $0 } == Array(1...199))
            let none: [Increment] = []
            #expect(await client.execute(none).isEmpty)
        }
    }

    @Test("has a lane on as many event loops as it is told, and finds that of the current one")
    func lanes() async throws {
        let server = try await RedisServer.shared()
        let group = MultiThreadedEventLoopGroup.singleton
        try await RedisClient.during(try configuration(server), lanes: 1) { client in
            let own = try #require(client.lanes.first)
            #expect(client.lanes.count == 1 && client.lane(for: own.eventLoop) === own)
            #expect(try await own.eventLoop.submit { client.lane === own }.get())
            for loop in group.makeIterator() where loop !== own.eventLoop { #expect(client.lane(for: loop) == nil) }
        }
        try await RedisClient.during(try configuration(server), lanes: 1_000) { client in
            #expect(client.lanes.count == group.makeIterator().reduce(0) { count, _ in count + 1 })
        }
    }

    @Test("gives up at once when its task is cancelled, which the neighbours do not notice")
    func cancellation() async throws {
        try await RedisServer.during { server in
            try await RedisClient.during(try configuration(server), lanes: 1) { client in
                try await client.execute(Redis.SET("n", "0"))
                server.pause()
                let neighbour = Task { try await client.execute(Increment(key: "n"), timeout: .seconds(60)) }
                let cancelled = Task { try await client.execute(Increment(key: "m"), timeout: .seconds(60)) }
                cancelled.cancel()
                // Answered while the server stands still.
                let error = await #expect(throws: RedisError.self) { try await cancelled.value }
                #expect(error?.code == .cancelled && error?.cause is CancellationError)
                server.resume()
                #expect(try await neighbour.value == 1)
                let connected = try await server.info("stats")["total_connections_received"]
                #expect(try await client.execute(Increment(key: "n")) == 2)
                #expect(connected != nil)
            }
        }
    }

    @Test("does not begin what was cancelled before")
    func cancelledBefore() async throws {
        let server = try await RedisServer.shared()
        try await RedisClient.during(try configuration(server)) { client in
            try await client.execute(Redis.DEL(["client:never"]))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await client.execute(Increment(key: "client:never"))
            }
            task.cancel()
            await #expect(throws: RedisError.self) { try await task.value }
            #expect(try await client.execute(Redis.GET("client:never")) == nil)
        }
    }

    @Test("finishes what was sent before it closes, and refuses what comes after")
    func close() async throws {
        let server = try await RedisServer.shared()
        try await RedisClient.during(try configuration(server)) { client in
            try await client.execute(Redis.DEL(["client:close"]))
            async let answers = client.execute((1...100).map { _ in Increment(key: "client:close") })
            let counts = await answers.compactMap { try? $0.get() }
            await client.close()
            #expect(counts == Array(1...100))
            let error = await #expect(throws: RedisError.self) { try await client.execute(Redis.PING()) }
            #expect(error?.code == .closed && error?.mayHaveRun == false)
        }
    }

    @Test("takes its address from a URL, and says what is wrong with it")
    func url() async throws {
        let server = try await RedisServer.shared()
        let group = MultiThreadedEventLoopGroup.singleton
        let client = try RedisClient(url: server.url + "?timeout=20s", group: group)
        #expect(try await client.execute(Redis.PING()) == "PONG")
        await client.close()
        #expect(throws: RedisError.self) { try RedisClient(url: "http://localhost", group: group) }
    }
}
