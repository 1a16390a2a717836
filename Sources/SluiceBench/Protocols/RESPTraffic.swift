import NIOCore
import NIOPosix
import RESP

/// Commands over the Redis protocol: on each of some connections so many at once, and as many again when all of them
/// are answered.
struct RESPTraffic: Sendable {
    let port: Int
    let connections: Int
    /// How many commands are sent together.
    let depth: Int
    /// A command's words; `{user}` stands for a number that changes with each command.
    let words: [String]
    /// How many lines a reply has, the first of which begins with `*`.
    let linesOfReply: Int

    /// Asks for a while, from one thread.
    /// - Returns: What came of it, once everything is answered.
    /// - Throws: `BenchError` for a reply that is no decision, and for a connection that is lost.
    func run(for duration: Duration) async throws -> TrafficCount {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let count = try await run(on: group.next(), for: duration)
            try await group.shutdownGracefully()
            return count
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func run(on eventLoop: any EventLoop, for duration: Duration) async throws -> TrafficCount {
        let tally = try await eventLoop.submit { NIOLoopBound(RESPTally(), eventLoop: eventLoop) }.get()
        var channels: [any Channel] = []
        for number in 0..<connections { channels.append(try await connect(number, on: eventLoop, tally)) }
        let started = NIODeadline.now()
        let end = RESPBursts.Begin(end: started + TimeAmount(duration))
        let all = channels.map { $0.triggerUserOutboundEvent(end) }
        try await EventLoopFuture.andAllSucceed(all, on: eventLoop).get()
        let seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
        let latencies = try await eventLoop.submit { tally.value.latencies }.get()
        for channel in channels { try await channel.close() }
        return TrafficCount(answers: Int(latencies.count) * depth, seconds: seconds, latencies: latencies)
    }

    private func connect(
        _ number: Int, on eventLoop: any EventLoop, _ tally: NIOLoopBound<RESPTally>
    ) async throws -> any Channel {
        let bursts = bursts(of: number)
        let lines = linesOfReply
        let replies = depth
        return try await ClientBootstrap(group: eventLoop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        RESPBursts(bursts, replies: replies, ofLines: lines, tally.value))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// What a connection sends in turn: 64 bursts, each of other users.
    private func bursts(of connection: Int) -> [ByteBuffer] {
        (0..<64).map { burst in
            var writer = RequestWriter()
            for place in 0..<depth {
                let user = "\((connection * 64 + burst) * depth + place)"
                writer.words(words.map { $0.replacing("{user}", with: user) })
            }
            return writer.buffer
        }
    }
}

/// How long bursts took, on all connections.
private final class RESPTally {
    var latencies = Latencies()
}

/// One connection: a burst goes out, its replies are counted by their lines, and the next goes out.
private final class RESPBursts: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Tells the handler to ask until then. It is fulfilled when the last burst has been answered.
    struct Begin: Sendable {
        let end: NIODeadline
    }

    private let bursts: [ByteBuffer]
    private let replies: Int
    private let lines: Int
    private let tally: RESPTally
    private var end = NIODeadline.distantPast
    private var finished: EventLoopPromise<Void>?
    private var turn = 0
    private var sent = NIODeadline.distantPast
    /// Replies of this burst that are to come, and lines of the next one that were seen.
    private var (missing, line) = (0, 0)
    private var isLineBegun = false

    init(_ bursts: [ByteBuffer], replies: Int, ofLines lines: Int, _ tally: RESPTally) {
        (self.bursts, self.replies, self.lines, self.tally) = (bursts, replies, lines, tally)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let begin = event as? Begin else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        (end, finished) = (begin.end, promise)
        send(context, now: .now())
    }

    private func send(_ context: ChannelHandlerContext, now: NIODeadline) {
        (missing, sent) = (replies, now)
        context.writeAndFlush(wrapOutboundOut(bursts[turn]), promise: nil)
        turn = (turn + 1) % bursts.count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard bytes.withUnsafeReadableBytes({ count($0) }), missing >= 0 else {
            finish(BenchError("the server did not decide, but replied \(String(buffer: bytes))"))
            return context.close(promise: nil)
        }
        guard missing == 0, finished != nil else { return }
        let now = NIODeadline.now()
        tally.latencies.record(nanoseconds: (now - sent).nanoseconds)
        if now < end { send(context, now: now) } else { finish(nil) }
    }

    /// Counts lines.
    /// - Returns: Whether all replies began as they should.
    private func count(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes {
            if !isLineBegun, line == 0, byte != UInt8(ascii: "*") { return false }
            isLineBegun = byte != UInt8(ascii: "\n")
            guard !isLineBegun else { continue }
            line += 1
            guard line == lines else { continue }
            line = 0
            missing -= 1
        }
        return true
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(BenchError("the server closed a connection that was asked on"))
    }

    private func finish(_ error: BenchError?) {
        if let error { finished?.fail(error) } else { finished?.succeed() }
        finished = nil
    }
}
