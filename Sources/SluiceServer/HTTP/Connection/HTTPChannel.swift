import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import SluiceHTTP

/// A connection as Hummingbird's server sees it: its own HTTP/1 channel with ``HTTPConnectionHandler`` put in.
struct HTTPChannel: ServerChildChannel {
    enum Value: ServerChildChannelValue {
        case served(HTTP1Channel.Value)
        case refused(any Channel)

        var channel: any Channel {
            switch self {
            case .served(let served): served.channel
            case .refused(let channel): channel
            }
        }
    }

    private let inner: HTTP1Channel
    private let limits: HTTPLimits
    private let admission: HTTPAdmission
    private let statistics: HTTPStatistics
    private let engine: DecisionEngine
    private let authorizer: Authorizer
    private let security: ServerSecurity
    private let tracing: RequestTracing?

    init(
        responder: @escaping HTTPChannelHandler.Responder, limits: HTTPLimits, engine: DecisionEngine,
        authorizer: Authorizer, admission: HTTPAdmission, statistics: HTTPStatistics,
        security: ServerSecurity, tracing: RequestTracing?
    ) {
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.maximumHeaderBytes, maxHeaderListSize: limits.maximumHeaderBytes,
            maxHeaderFieldCount: 128)
        inner = HTTP1Channel(responder: responder, configuration: .init(httpDecoderConfiguration: decoder))
        self.limits = limits
        self.engine = engine
        self.authorizer = authorizer
        self.admission = admission
        self.statistics = statistics
        self.security = security
        self.tracing = tracing
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard admission.enterConnection() else {
            return channel.eventLoop.makeCompletedFuture {
                let refused = RefusedConnectionHandler(limits, isEncrypted: security.tls != nil)
                try channel.pipeline.syncOperations.addHandler(refused)
                return .refused(channel)
            }
        }
        channel.closeFuture.whenComplete { [admission] _ in admission.leaveConnection() }
        do {
            try security.tls?.addHandlers(to: channel, handshakeTimeout: limits.handshakeTimeout)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return inner.setup(channel: channel, logger: logger).flatMapThrowing { served in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let handler = HTTPConnectionHandler(
                limits: limits, admission: admission, counters: statistics.counters(on: channel.eventLoop),
                responder: DecisionResponder(engine, authorizer.directory),
                authorizer: authorizer, peer: Peer(channel.remoteAddress),
                access: security.access.map { ConnectionAccess($0, from: channel.remoteAddress) }, tracing: tracing)
            try pipeline.addHandler(handler, position: .after(decoder))
            return .served(served)
        }
    }

    func handle(value: Value, logger: Logger) async {
        switch value {
        case .served(let served): await inner.handle(value: served, logger: logger)
        case .refused(let channel): try? await channel.closeFuture.get()
        }
    }
}

/// Tells a client that there are too many connections, and closes. An encrypted connection is closed without a word: to
/// tell would cost a handshake.
///
/// It stays for a moment to read away what the client sends, because closing with unread bytes would reset the
/// connection and take the answer with it.
private final class RefusedConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limits: HTTPLimits
    private let isEncrypted: Bool

    init(_ limits: HTTPLimits, isEncrypted: Bool) {
        self.limits = limits
        self.isEncrypted = isEncrypted
    }

    func channelActive(context: ChannelHandlerContext) {
        guard !isEncrypted else { return context.close(promise: nil) }
        var answer = ByteWriter()
        var writer = HTTPAnswerWriter()
        writer.write(
            .overloaded("The server has \(limits.maximumConnections) connections, its limit"), closes: true,
            into: &answer)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.bytes)), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: .init(limits.lingerTimeout)) {
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
    }
}
