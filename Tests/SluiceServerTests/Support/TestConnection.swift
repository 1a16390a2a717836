import NIOCore
import NIOPosix
import Testing

@testable import SluiceServer

/// A connection to a server under test, byte by byte, so that a test can be as rude as it likes.
final class TestConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var bytes: [UInt8] = []
    let channel: any Channel

    private init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func with<Result>(
        _ address: ListenAddress, preparing prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
        _ body: (TestConnection) async throws -> Result
    ) async throws -> Result {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let initialize: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try prepare(channel)
                return try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        let channel =
            switch address {
            case .tcp(let host, let port):
                try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
            case .unix(let path):
                try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(TestConnection(channel.channel, inbound, outbound))
        }
    }

    /// Sends a text as it stands.
    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Sends no more.
    func finish() { outbound.finish() }

    /// The next answer.
    func reply(hasBody: Bool = true) async throws -> HTTPReply {
        while true {
            if let reply = try HTTPReply.take(from: &bytes, hasBody: hasBody) { return reply }
            try #require(await receive(), "the server closed after: \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    /// Reads until what has come contains `text`, and returns all of it.
    @discardableResult
    func text(until text: String) async throws -> String {
        while !String(decoding: bytes, as: UTF8.self).contains(text) {
            try #require(await receive(), "the server closed after: \(String(decoding: bytes, as: UTF8.self))")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whatever comes until the server closes.
    func rest() async throws -> String {
        while await receive() {}
        return String(decoding: bytes, as: UTF8.self)
    }

    private func receive() async -> Bool {
        // A reset is an end too.
        guard let next = try? await inbound.next(isolation: #isolation) else { return false }
        bytes += next.readableBytesView
        return true
    }
}
