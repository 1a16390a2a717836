import NIOCore
import RESP
import RedisServers
import Testing

/// A proxy between a node and its server that says more, less or other than the server.
@Suite("When replies are not what the server sent")
struct RedisProxyTests {
    private func withProxy(
        commandTimeout: Duration = .seconds(20), do body: (TCPProxy, RedisNode) async throws -> Void
    ) async throws {
        let server = try await RedisServer.shared()
        try await TCPProxy.during(to: server.port) { proxy in
            try await RedisNode.during(proxy.url) {
                $0.commandTimeout = commandTimeout
            } do: { node async throws in
                #expect(try await node.execute(Redis.PING()) == "PONG")
                try await body(proxy, node)
            }
        }
    }

    @Test("one that nobody asked for ends the connection at once, and those before it stand")
    func unasked() async throws {
        try await withProxy { proxy, node in
            try await proxy.rewriteReplies { $0 + Array(":7\r\n".utf8) }
            // The time-out is long: what follows is not due to it.
            #expect(try await node.execute(Redis.Command(["ECHO", "mine"])).text == "mine")
            try await eventually("the connection is left") { try await node.onLoop(\.statistics.lost) == 1 }
            try await proxy.rewriteReplies(nil)
            try await node.becomesUsable()
            #expect(try await node.execute(Redis.Command(["ECHO", "mine"])).text == "mine")
        }
    }

    @Test("three instead of one are no welcome either: no connection comes up until they stop")
    func otherReplies() async throws {
        try await withProxy { proxy, node in
            try await proxy.rewriteReplies { _ in Array(":1\r\n:2\r\n:3\r\n".utf8) }
            #expect(try await node.execute(Redis.Command(["ECHO", "a"])).integer == 1)
            try await eventually("further connections fail") { try await node.onLoop(\.statistics.failedAttempts) >= 2 }
            let statistics = try await node.onLoop(\.statistics)
            #expect(statistics.connected == 1 && statistics.lost == 1)
            let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
            #expect(error?.mayHaveRun == false)
            try await proxy.rewriteReplies(nil)
            try await node.becomesUsable()
        }
    }

    @Test("one that was lost does not put the others out of step for good", .timeLimit(.minutes(10)))
    func lostReply() async throws {
        try await withProxy(commandTimeout: .milliseconds(500)) { proxy, node in
            try await proxy.rewriteReplies { _ in [] }
            let error = await #expect(throws: RedisError.self) {
                try await node.execute(Redis.Command(["ECHO", "lost"]))
            }
            #expect(error?.code == .timedOut)
            try await proxy.rewriteReplies(nil)
            // Asked without a pause, so that there is always a reply that can be taken for that of the one before.
            try await eventually("the connection is left", every: .zero) {
                async let first = try? node.execute(Redis.Command(["ECHO", "first"]))
                async let second = try? node.execute(Redis.Command(["ECHO", "second"]))
                _ = await (first, second)
                return try await node.onLoop(\.statistics.lost) >= 1
            }
            try await node.becomesUsable()
            for word in ["a", "b", "c"] {
                try await eventually("everybody gets his own reply") {
                    try await node.execute(Redis.Command(["ECHO", word])).text == word
                }
            }
        }
    }
}
