public import Logging
public import NIOCore
import NIOPosix
import RESP
public import ServiceLifecycle
public import Sluice
public import SluiceRedis
import Synchronization

/// The Redis protocol's transport: `CL.THROTTLE` as redis-cell answers it, `SLUICE.*`, and what clients send on
/// connecting.
///
/// All requests of one read are decided at one moment and answered with one write. A client that does not take
/// its replies is not read from, so what it can make the server hold is bounded; see ``RESPConfiguration``.
public final class RESPServer: Service {
    private let configuration: RESPConfiguration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onListening: @Sendable (SocketAddress?) -> Void
    let shared: RESPShared
    let loops: [RESPLoop]
    private let engine: DecisionEngine

    /// A transport that does not listen yet.
    /// - Parameters:
    ///   - group: The event loops that serve; each takes its share of the connections.
    ///   - onListening: Told the address once connections are accepted.
    public convenience init(
        limiter: Limiter, configuration: RESPConfiguration, group: any EventLoopGroup, logger: Logger,
        onListening: @escaping @Sendable (SocketAddress?) -> Void = { _ in }
    ) {
        self.init(
            .memory(limiter), configuration: configuration, group: group, logger: logger, onListening: onListening)
    }

    /// A transport whose decisions are made on Redis, and that does not listen yet.
    /// - Parameters:
    ///   - limiter: Made with the same group and a lane for each of its event loops.
    ///   - group: The event loops that serve; each takes its share of the connections.
    ///   - onListening: Told the address once connections are accepted.
    public convenience init(
        limiter: SharedLimiter, configuration: RESPConfiguration, group: any EventLoopGroup, logger: Logger,
        onListening: @escaping @Sendable (SocketAddress?) -> Void = { _ in }
    ) {
        self.init(
            .shared(limiter), configuration: configuration, group: group, logger: logger, onListening: onListening)
    }

    init(
        _ engine: DecisionEngine, configuration: RESPConfiguration, security: ServerSecurity = .none,
        group: any EventLoopGroup, logger: Logger, onListening: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        self.engine = engine
        self.configuration = configuration
        let security = security.of(configuration.address)
        self.group = group
        self.logger = logger
        self.onListening = onListening
        let eventLoops = Array(group.makeIterator())
        let counters = eventLoops.map { _ in RESPCounters() }
        let shared = RESPShared(counters: counters, maximumConnections: configuration.maximumConnections)
        self.shared = shared
        loops = zip(eventLoops, counters).map { eventLoop, counters in
            RESPLoop(
                eventLoop: eventLoop, engine: engine, configuration: configuration, shared: shared,
                counters: counters, security: security, logger: logger)
        }
    }

    /// What has been done since the start.
    public var statistics: RESPStatistics { shared.statistics }

    /// Listens and serves until a graceful shutdown; then answers what has arrived and closes.
    /// - Throws: ``ServerError`` when the address cannot be listened on.
    public func run() async throws {
        let listener = try await listen()
        shared.port.store(listener.localAddress?.port ?? 0, ordering: .relaxed)
        onListening(listener.localAddress)
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.closeLateNowAndThen() }
                // Closing succeeds or has happened already.
                _ = try? await listener.closeFuture.get()
                tasks.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
        configuration.address.removeSocketFile()
        await drain()
    }

    /// Closes the connections that have been idle or slow for too long, as is done now and then by itself.
    func closeLate() async {
        let now = engine.limiter.now()
        for loop in loops { try? await loop.eventLoop.submit { loop.closeLate(at: now) }.get() }
    }

    /// From a task of its own: a timer in the event loop would make each of its turns ask for the time.
    private func closeLateNowAndThen() async {
        let shortest = [configuration.idleTimeout, configuration.stallTimeout].filter { $0 > .zero }.min()
        guard let shortest else { return }
        let interval = max(.milliseconds(10), min(.seconds(1), shortest / 4))
        while (try? await Task.sleep(for: interval)) != nil { await closeLate() }
    }

    private func drain() async {
        let loops = loops
        await withTaskCancellationHandler {
            for loop in loops { try? await loop.eventLoop.flatSubmit { loop.drain() }.get() }
        } onCancel: {
            for loop in loops { loop.eventLoop.execute { loop.closeAll() } }
        }
    }
}

// MARK: - Listening

extension RESPServer {
    private func listen() async throws -> any Channel {
        let bootstrap = bootstrap()
        do {
            switch configuration.address {
            case .tcp(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
            case .unix(let path):
                return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            }
        } catch let error as IOError {
            throw ServerError(listeningOn: configuration.address, option: "--resp", error)
        }
    }

    private func bootstrap() -> ServerBootstrap {
        let loops = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
        let isTCP = if case .tcp = configuration.address { true } else { false }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: configuration.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One read for each notice: a client that sends much waits for its turn like the others.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // A connection keeps its buffer, and by TLS another: small ones, until somebody sends more at once.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 2 << 10, maximum: 16 << 10)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The group's loops are those that `loops` was made of.
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
                        throw ChannelError.alreadyClosed
                    }
                    let timeout = loop.configuration.handshakeTimeout
                    try loop.security.tls?.addHandlers(to: channel, handshakeTimeout: timeout)
                    try channel.pipeline.syncOperations.addHandler(RESPConnection(loop: loop, channel: channel))
                }
            }
        guard isTCP else { return bootstrap }
        return bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
}
