import NIOCore
import NIOEmbedded

@testable import RESP

/// Servers without sockets, on an event loop whose time the test moves: what they answer is a function.
///
/// Safe between threads because each test has its own and uses it on one thread.
final class FakeServers: NodeConnector, @unchecked Sendable {
    /// A command, and who heard it.
    struct Heard: Equatable, CustomStringConvertible {
        var node: NodeAddress
        var words: [String]

        var description: String { "\(node) \(words.joined(separator: " "))" }
    }

    private final class Link {
        let address: NodeAddress
        let channel: EmbeddedChannel
        var input: [UInt8] = []

        init(_ address: NodeAddress, _ channel: EmbeddedChannel) {
            self.address = address
            self.channel = channel
        }
    }

    let loop = EmbeddedEventLoop()
    /// What a server answers, as it is sent; nil if it never does.
    var answer: (NodeAddress, [String]) -> String? = { _, _ in "+OK\r\n" }
    /// Where no connection can be made.
    var unreachable: Set<NodeAddress> = []
    /// Where connecting takes for ever.
    var connecting: Set<NodeAddress> = []
    /// Everything that was heard, in its order.
    private(set) var heard: [Heard] = []
    private var links: [Link] = []
    private var unanswered: [EventLoopPromise<any Channel>] = []

    deinit {
        for promise in unanswered { promise.fail(ChannelError.eof) }
    }

    func connect(
        to address: NodeAddress, on eventLoop: any EventLoop, within time: TimeAmount,
        initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        guard !unreachable.contains(address) else {
            return loop.makeFailedFuture(ChannelError.connectTimeout(time))
        }
        guard !connecting.contains(address) else {
            let promise = loop.makePromise(of: (any Channel).self)
            unanswered.append(promise)
            return promise.futureResult
        }
        let channel = EmbeddedChannel(loop: loop)
        links.append(Link(address, channel))
        return initializer(channel).flatMap {
            channel.eventLoop.makeCompletedFuture { try SocketAddress(unixDomainSocketPath: "/fake") }
        }.flatMap { channel.connect(to: $0) }.map { channel }
    }

    /// Those that somebody is connected to.
    var connected: Set<NodeAddress> { Set(links.filter { $0.channel.isActive }.map(\.address)) }

    /// Lets everything happen that can without time passing.
    func settle() {
        var isAnythingHeard = true
        while isAnythingHeard {
            loop.run()
            isAnythingHeard = false
            for link in links where listen(link) { isAnythingHeard = true }
        }
    }

    /// Lets time pass, a millisecond after the other, and everything happen that does.
    func pass(milliseconds: Int) {
        for _ in 0..<milliseconds {
            loop.advanceTime(by: .milliseconds(1))
            settle()
        }
    }

    /// Ends all connections to a server, which takes no more if it is unreachable.
    func cut(_ address: NodeAddress) {
        for link in links where link.address == address && link.channel.isActive {
            link.channel.close(promise: nil)
        }
        settle()
    }

    /// Sends something to whoever is connected to a server, as a late answer.
    func say(_ reply: String, from address: NodeAddress) throws {
        for link in links where link.address == address && link.channel.isActive {
            try link.channel.writeInbound(ByteBuffer(string: reply))
        }
        settle()
    }

    /// How often a command that begins so was heard, by one server or by all.
    func count(_ words: String..., by node: NodeAddress? = nil) -> Int {
        heard.count { $0.words.starts(with: words) && (node == nil || $0.node == node) }
    }

    private func listen(_ link: Link) -> Bool {
        while let bytes = try? link.channel.readOutbound(as: ByteBuffer.self) {
            link.input += bytes.readableBytesView
        }
        guard !link.input.isEmpty else { return false }
        let reading = Reading(link.input)
        link.input.removeFirst(link.input.count - reading.rest)
        for words in reading.texts {
            heard.append(Heard(node: link.address, words: words))
            guard let reply = answer(link.address, words), link.channel.isActive else { continue }
            _ = try? link.channel.writeInbound(ByteBuffer(string: reply))
        }
        return !reading.texts.isEmpty
    }
}
