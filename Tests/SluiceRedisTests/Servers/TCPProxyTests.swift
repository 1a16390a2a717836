import NIOCore
import NIOPosix
import RedisServers
import Testing

@Suite("A proxy that misbehaves", .timeLimit(.minutes(10)))
struct TCPProxyTests {
    /// A connection that collects what arrives.
    private final class Visitor: Sendable {
        private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

        init(_ port: Int) async throws {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        }

        /// Sends text and reads until so much has arrived or the connection has ended.
        func ask(_ text: String, for count: Int) async throws -> String {
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: text))
                var answer = ""
                do {
                    for try await bytes in inbound {
                        answer += String(buffer: bytes)
                        if answer.utf8.count >= count { break }
                    }
                } catch is IOError {
                    // Reset by the other side: it has ended, too.
                }
                return answer
            }
        }
    }

    private func withProxy(_ body: (TCPProxy) async throws -> Void) async throws {
        let server = try await RedisServer.shared()
        try await TCPProxy.during(to: server.port, do: body)
    }

    @Test func `It forwards, and counts connections and bytes`() async throws {
        try await withProxy { proxy in
            let answer = try await Visitor(proxy.port).ask("PING\r\nECHO hi\r\n", for: 15)
            #expect(answer == "+PONG\r\n$2\r\nhi\r\n")
            try await eventually("the connection is closed") { try await proxy.counts().open == 0 }
            let counts = try await proxy.counts()
            #expect(counts.connections == 1)
            #expect(counts.requestBytes == 15)
            #expect(counts.replyBytes == 15)
        }
    }

    @Test func `It cuts in the middle of a reply, once`() async throws {
        try await withProxy { proxy in
            try await proxy.cutReplies(afterBytes: 3)
            #expect(try await Visitor(proxy.port).ask("PING\r\n", for: 7) == "+PO")
            #expect(try await Visitor(proxy.port).ask("PING\r\n", for: 7) == "+PONG\r\n")
        }
    }

    @Test func `It holds replies back, lets them trickle and keeps their order`() async throws {
        try await withProxy { proxy in
            try await proxy.delay(requests: .milliseconds(20), replies: .milliseconds(30))
            try await proxy.trickleReplies(5)
            let clock = ContinuousClock()
            let start = clock.now
            let words = (0..<50).map { "word\($0)" }.joined(separator: ",")
            let answer = try await Visitor(proxy.port).ask("ECHO \(words)\r\n", for: words.utf8.count + 8)
            #expect(answer == "$\(words.utf8.count)\r\n\(words)\r\n")
            #expect(clock.now - start >= .milliseconds(50))
        }
    }

    @Test func `It refuses connections, and takes them again on the same port`() async throws {
        try await withProxy { proxy in
            try await proxy.welcome(.refuse)
            await #expect(throws: (any Error).self) { try await Visitor(proxy.port) }
            try await proxy.welcome(.forward)
            #expect(try await Visitor(proxy.port).ask("PING\r\n", for: 7) == "+PONG\r\n")
        }
    }

    @Test func `It swallows what is said, closes all and changes replies`() async throws {
        try await withProxy { proxy in
            try await proxy.welcome(.swallow)
            async let silent = Visitor(proxy.port).ask("PING\r\n", for: 7)
            try await eventually("a visitor is there") { try await proxy.counts().open == 1 }
            try await proxy.welcome(.forward)
            try await proxy.rewriteReplies { $0.map { $0 == UInt8(ascii: "O") ? UInt8(ascii: "0") : $0 } }
            #expect(try await Visitor(proxy.port).ask("PING\r\n", for: 7) == "+P0NG\r\n")
            try await proxy.closeAll()
            let heard = try await silent
            #expect(heard == "")
        }
    }
}
