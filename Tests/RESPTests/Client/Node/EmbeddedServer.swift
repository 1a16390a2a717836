import Logging
import NIOCore
import NIOEmbedded

@testable import RESP

/// A server of a test's own, on an event loop whose time the test moves: it sees each write and answers when told to.
///
/// Everything happens on the test's thread, as `EmbeddedEventLoop` demands and checks: so it is safe to be Sendable.
final class EmbeddedServer: NodeConnector, @unchecked Sendable {
    let eventLoop = EmbeddedEventLoop()
    /// Channels that were opened, oldest first.
    private(set) var channels: [EmbeddedChannel] = []
    /// How many times somebody wanted to connect.
    private(set) var attempts = 0
    /// Whether connecting fails.
    var refuses = false
    /// Whether connecting takes for ever.
    var isSilent = false

    struct Refused: Error {}

    func connect(
        to address: NodeAddress, on eventLoop: any EventLoop, within time: TimeAmount,
        initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        attempts += 1
        if refuses { return eventLoop.makeFailedFuture(Refused()) }
        if isSilent { return eventLoop.makePromise(of: (any Channel).self).futureResult }
        let channel = EmbeddedChannel(loop: self.eventLoop)
        channels.append(channel)
        return initializer(channel).flatMap {
            channel.connect(to: try! SocketAddress(unixDomainSocketPath: "/test"))
        }.map { channel }
    }

    /// A node that connects here. Its back-off takes the whole of its bound.
    func node(_ change: (inout RedisConfiguration) -> Void = { _ in }) -> RedisNode {
        var configuration = RedisConfiguration(addresses: [.tcp(host: "h", port: 1)])
        configuration.backOff.initial = .milliseconds(100)
        change(&configuration)
        return RedisNode(
            address: configuration.addresses[0], configuration: configuration, eventLoop: eventLoop,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), connector: self,
            random: { 1 })
    }

    /// The next write on the newest channel: its commands' words.
    func write() -> [String]? {
        eventLoop.run()
        guard let bytes = try? channels.last?.readOutbound(as: ByteBuffer.self) else { return nil }
        let lines = String(buffer: bytes).split(separator: "\r\n")
        return lines.filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }.map(String.init)
    }

    /// Answers on the newest channel.
    func answer(_ text: String) throws {
        try channels.last?.writeInbound(ByteBuffer(string: text))
        eventLoop.run()
    }

    /// Answers the handshake of a node that is connecting.
    func welcome() throws {
        _ = write()
        try answer("%1\r\n+proto\r\n:3\r\n")
    }

    /// Closes the newest channel.
    func hangUp() {
        _ = channels.last?.close()
        eventLoop.run()
    }

    /// Lets time pass.
    func wait(milliseconds: Int64) { eventLoop.advanceTime(by: .milliseconds(milliseconds)) }

    /// When time has passed.
    func deadline(milliseconds: Int64) -> NIODeadline { eventLoop.now + .milliseconds(milliseconds) }
}
