internal import NIOCore
internal import SluiceBots
internal import Synchronization

/// One client's connection, known by its channel.
struct FakeTwitchConnection: Hashable, Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    static func == (a: FakeTwitchConnection, b: FakeTwitchConnection) -> Bool { a.channel === b.channel }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(channel)) }

    func write(_ message: IRCMessage) {
        channel.writeAndFlush(channel.allocator.buffer(string: message.description + "\r\n"), promise: nil)
    }

    func close() { channel.close(promise: nil) }
}

/// Who is told of what connections bring, once the server is there.
final class FakeTwitchConnections: Sendable {
    private struct Listeners {
        var received: (@Sendable (IRCMessage, FakeTwitchConnection) -> Void)?
        var left: (@Sendable (FakeTwitchConnection) -> Void)?
    }

    private let listeners = Mutex(Listeners())

    func serve(
        _ received: @escaping @Sendable (IRCMessage, FakeTwitchConnection) -> Void,
        leaving left: @escaping @Sendable (FakeTwitchConnection) -> Void
    ) {
        listeners.withLock { $0 = Listeners(received: received, left: left) }
    }

    func received(_ message: IRCMessage, from connection: FakeTwitchConnection) {
        listeners.withLock { $0.received }?(message, connection)
    }

    func left(_ connection: FakeTwitchConnection) { listeners.withLock { $0.left }?(connection) }
}

/// Cuts what a client sends into lines. Used on one event loop only, by the channel that it belongs to.
final class FakeTwitchHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connections: FakeTwitchConnections
    private var buffer = ByteBuffer()

    init(_ connections: FakeTwitchConnections) { self.connections = connections }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        while let end = buffer.readableBytesView.firstIndex(of: 10) {
            let line = buffer.readableBytesView[..<end]
            let message = line.withUnsafeBytes { IRCMessage($0) }
            buffer.moveReaderIndex(to: end + 1)
            if let message { connections.received(message, from: FakeTwitchConnection(context.channel)) }
        }
        buffer.discardReadBytes()
        if buffer.readableBytes > IRCMessage.longestLine { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.left(FakeTwitchConnection(context.channel))
    }
}
