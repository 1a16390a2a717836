import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import SluiceBench

@Suite("Suites of a server process")
struct ServerSuiteTests {
    @Test("measure nothing without a program, and make nothing up")
    func withoutProgram() async throws {
        for suite in [BenchSuite.load, .server] {
            let tables = try await suite.run(BenchContext(rounds: 2, scale: 0.01))
            #expect(tables.count == 2)
            for table in tables {
                #expect(!table.rows.isEmpty)
                for row in table.rows { #expect(row.figures == table.columns.map { _ in nil }, "\(row.name)") }
            }
        }
    }

    @Test("say why a program does not serve", arguments: ["/bin/echo", "/bin/false"])
    func noServer(program: String) async throws {
        await #expect(throws: BenchError.self) {
            try await BenchSuite.load.run(BenchContext(rounds: 1, scale: 0.001, program: program))
        }
    }

    @Test("know what a process takes of the machine")
    func usage() throws {
        #if os(Linux)
        let usage = try #require(ProcessUsage(of: ProcessInfo.processInfo.processIdentifier))
        #expect(usage.residentBytes > 1e6 && usage.nanoseconds >= 0)
        #endif
        // No process has this number.
        #expect(ProcessUsage(of: -1) == nil)
    }
}

@Suite("Traffic over the Redis protocol", .timeLimit(.minutes(5)))
struct RESPTrafficTests {
    private static let decision = "*6\r\n:1\r\n:5\r\n:4\r\n:0\r\n:200\r\n$4\r\neach\r\n"

    @Test("counts replies, however they are cut", arguments: [1, 7, 1_000])
    func counts(bytes: Int) async throws {
        try await RepeatingServer.during(reply: Self.decision, cutInto: bytes) { server in
            let traffic = RESPTraffic(
                port: server.port, connections: 2, depth: 3, words: ["SLUICE.CHECK", "web", "user", "u{user}"],
                linesOfReply: 8)
            let count = try await traffic.run(for: .milliseconds(50))
            // Each connection was answered once at least, and everything that was asked was.
            #expect(count.answers >= 6 && count.answers == server.asked && count.seconds > 0)
            #expect(count.latencies.count == UInt64(count.answers / 3))
        }
    }

    @Test("says what the server replied instead of a decision")
    func refusals() async throws {
        try await RepeatingServer.during(reply: "-ERR unknown policy\r\n", cutInto: 1_000) { server in
            let traffic = RESPTraffic(
                port: server.port, connections: 1, depth: 1, words: ["SLUICE.CHECK"], linesOfReply: 8)
            let error = await #expect(throws: BenchError.self) { try await traffic.run(for: .seconds(600)) }
            #expect(error?.description.contains("-ERR unknown policy") == true)
        }
    }

    @Test("says that a connection was lost")
    func lost() async throws {
        try await RepeatingServer.during(reply: nil, cutInto: 1) { server in
            let traffic = RESPTraffic(
                port: server.port, connections: 2, depth: 1, words: ["SLUICE.CHECK"], linesOfReply: 8)
            let error = await #expect(throws: BenchError.self) { try await traffic.run(for: .seconds(600)) }
            #expect(error?.description == "the server closed a connection that was asked on")
        }
    }
}

/// Gives the same reply to every command, or ends the connection.
private struct RepeatingServer {
    let port: Int
    private let commands: Commands

    /// Counts commands, by the `*` that they begin with.
    final class Commands: Sendable {
        let count = Mutex(0)
    }

    var asked: Int { commands.count.withLock(\.self) }

    static func during(
        reply: String?, cutInto bytes: Int, _ body: (RepeatingServer) async throws -> Void
    ) async throws {
        let commands = Commands()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RepeatingReplies(reply, bytes, commands))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(RepeatingServer(port: listener.localAddress?.port ?? 0, commands: commands))
            try await group.shutdownGracefully()
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}

private final class RepeatingReplies: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: String?
    private let bytes: Int
    private let commands: RepeatingServer.Commands

    init(_ reply: String?, _ bytes: Int, _ commands: RepeatingServer.Commands) {
        (self.reply, self.bytes, self.commands) = (reply, bytes, commands)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let reply else { return context.close(promise: nil) }
        let count = unwrapInboundIn(data).readableBytesView.count { $0 == UInt8(ascii: "*") }
        commands.count.withLock { $0 += count }
        var left = ByteBuffer(string: String(repeating: reply, count: count))
        while let piece = left.readSlice(length: min(bytes, left.readableBytes)), piece.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
    }
}
