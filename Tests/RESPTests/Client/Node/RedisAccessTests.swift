import RESP
import RedisServers
import Testing

@Suite("Who may speak to Redis")
struct RedisAccessTests {
    @Test("whoever knows the password, in either version of the protocol", arguments: [2, 3])
    func password(_ version: Int) async throws {
        try await RedisServer.during(password: "p@ss/w:rd") { server in
            let host = "127.0.0.1:\(server.port)?protocol=\(version)"
            try await RedisNode.during("redis://:p%40ss%2Fw%3Ard@\(host)") { node async throws in
                #expect(try await node.execute(Redis.PING()) == "PONG")
            }
            try await RedisNode.during("redis://:wrong@\(host)") { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                #expect(error?.code == .handshakeFailed)
                #expect(error?.reply?.code == "WRONGPASS")
            }
            try await RedisNode.during("redis://\(host)") { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                // Version 2 without a password has nothing to say beforehand: the command itself is refused.
                #expect(error?.reply?.code == "NOAUTH")
                #expect(error?.code == (version == 3 ? .handshakeFailed : .rejected))
            }
        }
    }

    @Test("a user who may do nothing but what is needed", arguments: [2, 3])
    func user(_ version: Int) async throws {
        let options = ["user ann on >secret ~sluice:* +get +set"]
        try await RedisServer.during(options: options) { server in
            let host = "127.0.0.1:\(server.port)"
            let query = "?client_name=web&protocol=\(version)"
            try await RedisNode.during("redis://ann:secret@\(host)\(query)") { node async throws in
                #expect(try await node.execute(Redis.SET("sluice:a", "1")))
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.GET("other")) }
                #expect(error?.reply?.code == "NOPERM")
            }
            try await RedisNode.during("redis://bob:secret@\(host)\(query)") { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.GET("a")) }
                #expect(error?.code == .handshakeFailed)
                #expect(error?.message.contains("'bob'") == true)
            }
        }
    }

    @Test("a password that the server does not ask for is told")
    func needlessPassword() async throws {
        let server = try await RedisServer.shared()
        try await RedisNode.during("redis://:secret@127.0.0.1:\(server.port)?protocol=2") { node async throws in
            let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
            #expect(error?.message.contains("leave it out") == true)
        }
    }
}
