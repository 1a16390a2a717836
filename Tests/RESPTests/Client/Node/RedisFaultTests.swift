import NIOCore
import RESP
import RedisServers
import Testing

@Suite("When a Redis server fails")
struct RedisFaultTests {
    @Test("a command that takes too long times out, and its neighbours get their own replies")
    func slowCommand() async throws {
        try await RedisServer.during { server in
            try await RedisNode.during(server.url) { node async throws in
                _ = try await node.execute(Redis.PING())
                let results = try await node.onLoop { node in
                    let done = node.eventLoop.makePromise(of: [String].self)
                    var told: [String] = []
                    func send(_ name: String, _ words: [String], within time: TimeAmount) {
                        node.send(Redis.Command(words), deadline: node.eventLoop.now + time) { result in
                            switch result {
                            case .success(let value): told.append("\(name): \(value.text ?? "?")")
                            case .failure(let error): told.append("\(name): \(error.code) \(error.mayHaveRun)")
                            }
                            if told.count == 3 { done.succeed(told) }
                        }
                    }
                    send("sleep", ["DEBUG", "SLEEP", "0.5"], within: .milliseconds(50))
                    send("echo", ["ECHO", "2"], within: .milliseconds(60))
                    send("after", ["ECHO", "3"], within: .seconds(20))
                    return done.futureResult
                }.get()
                #expect(results == ["sleep: timedOut true", "echo: timedOut true", "after: 3"])
                let statistics = try await node.onLoop(\.statistics)
                #expect(statistics.connected == 1)
                #expect(statistics.connections.timedOut == 2)
            }
        }
    }

    @Test("a connection that is cut while a command runs says that it may have run, and comes back")
    func killedConnection() async throws {
        try await RedisServer.during { server in
            try await RedisNode.during(server.url) { node async throws in
                _ = try await node.execute(Redis.PING())
                let blocked = Task { try await node.execute(Redis.Command(["BLPOP", "nothing", "0"])) }
                try await eventually("a client is blocked") {
                    try await server.info("clients")["blocked_clients"] == "1"
                }
                _ = try await server.command("CLIENT", "KILL", "TYPE", "normal")
                await #expect {
                    _ = try await blocked.value
                } throws: { error in
                    guard let error = error as? RedisError else { return false }
                    return error.code == .connectionLost && error.mayHaveRun
                }
                try await node.becomesUsable()
                #expect(try await node.onLoop(\.statistics.connected) >= 2)
            }
        }
    }

    @Test("a server that was killed is found again, with nothing sent twice")
    func killedServer() async throws {
        try await RedisServer.during(options: ["appendonly yes", "appendfsync always"]) { server in
            try await RedisNode.during(server.url) { node async throws in
                #expect(try await node.execute(Redis.Command(["INCR", "count"])).integer == 1)
                await server.kill()
                // The first may still find the connection open; none that follows does.
                for _ in 0..<10 {
                    await #expect(throws: RedisError.self) {
                        try await node.execute(Redis.Command(["INCR", "count"]))
                    }
                }
                try await server.restart()
                try await node.becomesUsable()
                #expect(try await node.execute(Redis.GET("count")) == ByteBuffer(string: "1"))
            }
        }
    }

    @Test("a server that stands still is left, and found again when it goes on")
    func pausedServer() async throws {
        try await RedisServer.during { server in
            try await RedisNode.during(server.url) { configuration in
                configuration.connectTimeout = .milliseconds(500)
                configuration.commandTimeout = .milliseconds(300)
            } do: { node async throws in
                try await node.becomesUsable()
                server.pause()
                try await eventually("the connection is given up", within: .seconds(90)) {
                    await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                    return try await node.onLoop(\.statistics.lost) >= 1
                }
                #expect(try await node.onLoop(\.statistics.connections.timedOut) >= 1)
                await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                server.resume()
                try await node.becomesUsable()
            }
        }
    }

    @Test("cancelling a task ends its wait and nobody else's")
    func cancelledTask() async throws {
        try await RedisServer.during { server in
            try await RedisNode.during(server.url) { node async throws in
                _ = try await node.execute(Redis.PING())
                let slow = Task { try await node.execute(Redis.Command(["DEBUG", "SLEEP", "1"])) }
                try await eventually("it is sent") { try await node.onLoop(\.statistics.connections.sent) >= 2 }
                async let neighbour = node.execute(Redis.Command(["ECHO", "mine"]))
                slow.cancel()
                let error = await #expect(throws: RedisError.self) { try await slow.value }
                #expect(error?.code == .cancelled)
                #expect(try await neighbour.text == "mine")
            }
        }
    }

    @Test("nobody there is told at once")
    func nobody() async throws {
        let server = try await RedisServer.start()
        let url = server.url
        await server.stop()
        try await RedisNode.during(url) { node async throws in
            let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
            #expect(error?.code == .notConnected)
            #expect(error?.mayHaveRun == false)
        }
    }
}
