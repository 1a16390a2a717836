import NIOCore

/// Ends a connection that asks nothing: one that has not asked before long, for who has not finished a handshake by
/// then never will; and one that has been quiet for long, after it was told to come again.
///
/// It also does what the transport leaves undone (grpc-swift-nio-transport 2.9.2, swift-nio-http2 1.46.0). Its own idle
/// timer is never let go of, so that each connection would leave some of itself behind. And of a connection that ends
/// while it is read, all would stay: its streams are let go of only when reading is said to be over, which nobody says.
///
/// Confined to the connection's event loop, as every handler is.
final class ConnectionWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let patience: TimeAmount
    private let idle: TimeAmount
    private var timer: Scheduled<Void>?
    /// Requests that are not answered yet.
    private var requests = 0
    /// When the last of them was answered; nothing until one has come.
    private var quietSince: NIODeadline?
    private var wasSentAway = false

    /// - Parameters:
    ///   - patience: How long it may take until its first request, and to go when it is told to.
    ///   - idle: How long it may be without a request afterwards.
    init(patience: TimeAmount, idle: TimeAmount) {
        self.patience = patience
        self.idle = idle
    }

    /// A request begins.
    func requestBegins(on eventLoop: any EventLoop) {
        requests += 1
        quietSince = eventLoop.now
    }

    /// A request is over, whatever became of it.
    func requestEnds(on eventLoop: any EventLoop) {
        requests -= 1
        quietSince = eventLoop.now
    }

    func handlerAdded(context: ChannelHandlerContext) { look(again: patience, context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Reading is over, whether or not what reads could still say so.
        context.fireChannelReadComplete()
        context.fireChannelInactive()
    }

    private func look(again delay: TimeAmount, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in self?.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        guard let quietSince, !wasSentAway || requests > 0 else { return context.close(promise: nil) }
        let rest = requests > 0 ? idle : quietSince + idle - context.eventLoop.now
        guard rest <= .zero, !wasSentAway else { return look(again: wasSentAway ? patience : rest, context) }
        wasSentAway = true
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        look(again: patience, context)
    }
}
