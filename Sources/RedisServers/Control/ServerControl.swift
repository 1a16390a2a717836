internal import NIOCore
internal import NIOPosix

/// Sends commands to a server on a connection of their own; knows nothing of the client that is under test.
enum ServerControl {
    /// The replies to some commands, or an error if the server does not answer all of them in time.
    static func replies(
        to commands: [[String]], port: Int, within limit: Duration = .seconds(10)
    ) async throws -> [ServerReply] {
        let group = MultiThreadedEventLoopGroup.singleton
        let answered = group.next().makePromise(of: [ServerReply].self)
        let collector = ReplyCollector(expected: commands.count, answered: answered)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .connectTimeout(TimeAmount(limit))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(collector.makeHandler())
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        } catch {
            answered.fail(error)
            throw error
        }
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            answered.fail(NotInTime(description: "no answer within \(limit) to \(commands)"))
        }
        defer { alarm.cancel() }
        var buffer = channel.allocator.buffer(capacity: 256)
        for command in commands {
            buffer.writeString("*\(command.count)\r\n")
            for word in command { buffer.writeString("$\(word.utf8.count)\r\n\(word)\r\n") }
        }
        channel.writeAndFlush(buffer, promise: nil)
        defer { channel.close(promise: nil) }
        return try await answered.futureResult.get()
    }
}

/// What a connection waits for.
private struct ReplyCollector: Sendable {
    let expected: Int
    let answered: EventLoopPromise<[ServerReply]>

    func makeHandler() -> ReplyHandler { ReplyHandler(self) }
}

/// Collects replies until there are enough.
private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let collector: ReplyCollector
    private var bytes: [UInt8] = []
    private var replies: [ServerReply] = []

    init(_ collector: ReplyCollector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        var rest = bytes[...]
        while replies.count < collector.expected, let reply = ServerReply.read(from: &rest) { replies.append(reply) }
        bytes = Array(rest)
        if replies.count == collector.expected { collector.answered.succeed(replies) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let message = "the server closed the connection after \(replies.count) of \(collector.expected) replies"
        collector.answered.fail(ServerProcess.Failure(description: message))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        collector.answered.fail(error)
        context.close(promise: nil)
    }
}
