internal import NIOCore
internal import NIOPosix

/// A network between a client and a server that can be made to misbehave while it runs.
///
/// It listens on a loopback port and forwards each connection to a server's port. It works on bytes and knows no
/// protocol.
package final class TCPProxy: Sendable {
    /// What happens to a connection that a client opens.
    package enum Welcome: Sendable {
        /// It is forwarded.
        case forward
        /// It is accepted, and then nothing that it says gets anywhere: the far end of a half-open connection.
        case swallow
        /// Nobody listens: the client's attempt is refused at once.
        case refuse
    }

    /// What has gone through so far.
    package struct Counts: Sendable, Equatable {
        /// Connections that clients opened.
        package var connections = 0
        /// Those that are open now.
        package var open = 0
        /// Bytes that were passed on towards the server.
        package var requestBytes = 0
        /// Bytes that were passed on towards clients.
        package var replyBytes = 0
    }

    /// The port that it listens on.
    package let port: Int
    private let core: NIOLoopBound<ProxyCore>

    // One thread for all proxies, so that what is under test cannot hold them up.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// `redis://127.0.0.1:PORT`.
    package var url: String { "redis://127.0.0.1:\(port)" }

    private init(port: Int, core: NIOLoopBound<ProxyCore>) { (self.port, self.core) = (port, core) }

    /// Starts to forward to a server's port.
    package static func start(to serverPort: Int) async throws -> TCPProxy {
        let loop = group.next()
        let core = try await loop.submit {
            NIOLoopBound(ProxyCore(serverPort: serverPort, eventLoop: loop), eventLoop: loop)
        }.get()
        while true {
            let proxy = TCPProxy(port: try await FreePort.find(), core: core)
            guard (try? await proxy.listen()) != nil else { continue }
            return proxy
        }
    }

    /// Runs something with a proxy that is gone afterwards.
    package static func during<Result>(
        to serverPort: Int, do body: (TCPProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await start(to: serverPort)
        do {
            let result = try await body(proxy)
            try await proxy.stop()
            return result
        } catch {
            try await proxy.stop()
            throw error
        }
    }

    /// Refuses new connections and closes those there are.
    package func stop() async throws {
        try await welcome(.refuse)
        try await closeAll()
    }

    private func listen() async throws {
        let bound = core
        let listener = try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { bound.value.accept(channel) }
            }
            .bind(host: "127.0.0.1", port: port).get()
        try await change { $0.listener = listener }
    }

    private func change<Result: Sendable>(_ body: @escaping @Sendable (ProxyCore) -> Result) async throws -> Result {
        let bound = core
        return try await bound.eventLoop.submit { body(bound.value) }.get()
    }

    // MARK: - Misbehaving

    /// What has gone through so far.
    package func counts() async throws -> Counts { try await change { $0.counts } }

    /// What happens to connections from now on.
    package func welcome(_ welcome: Welcome) async throws {
        let old = try await change { core in
            core.welcome = welcome
            defer { if welcome == .refuse { core.listener = nil } }
            return core.listener
        }
        if welcome == .refuse {
            try await old?.close()
        } else if old == nil {
            try await listen()
        }
    }

    /// Swallows all that is said on the connections that are open now, in both directions and for good.
    ///
    /// Neither end is told: that is what a network looks like that drops packets.
    package func swallowOpenConnections() async throws { try await change { $0.swallowOpenConnections() } }

    /// Holds everything back for a while, in order; replaces the delays before.
    package func delay(requests: Duration = .zero, replies: Duration = .zero) async throws {
        let (requests, replies) = (TimeAmount(requests), TimeAmount(replies))
        try await change { $0.delays = (requests, replies) }
    }

    /// Lets replies through only in pieces of so many bytes, each after a pause; `nil` lets them through as they come.
    package func trickleReplies(_ bytes: Int?, every pause: Duration = .milliseconds(1)) async throws {
        let trickle = bytes.map { (bytes: $0, pause: TimeAmount(pause)) }
        try await change { $0.trickle = trickle }
    }

    /// Lets so many more bytes of replies through, of all connections together, and closes the one that comes to it.
    ///
    /// Happens once. Zero cuts right before the next reply.
    package func cutReplies(afterBytes bytes: Int) async throws { try await change { $0.replyBytesBeforeCut = bytes } }

    /// Changes the bytes of replies on their way; `nil` leaves them alone.
    package func rewriteReplies(_ rewrite: (@Sendable ([UInt8]) -> [UInt8])?) async throws {
        try await change { $0.rewrite = rewrite }
    }

    /// Closes all connections, as a server does that goes down.
    package func closeAll() async throws { try await change { $0.closeAll() } }
}
