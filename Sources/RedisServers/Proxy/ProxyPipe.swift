internal import NIOCore

/// One direction of a connection: holds bytes back, cuts and changes them as the proxy was told.
final class ProxyPipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Direction { case requests, replies }

    private struct Item {
        var due: NIODeadline
        /// `nil` is the end of the stream.
        var bytes: ByteBuffer?
    }

    private let direction: Direction
    private let destination: any Channel
    private let link: ProxyLink
    private let core: ProxyCore
    private var held: [Item] = []
    private var isWaiting = false
    private var lastDue = NIODeadline.uptimeNanoseconds(0)

    init(_ direction: Direction, from: any Channel, to destination: any Channel, of link: ProxyLink, _ core: ProxyCore)
    {
        (self.direction, self.destination, self.link, self.core) = (direction, destination, link, core)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !link.isSwallowing else { return }
        var bytes = unwrapInboundIn(data)
        if direction == .replies, let rewrite = core.rewrite {
            bytes = ByteBuffer(bytes: rewrite(Array(bytes.readableBytesView)))
        }
        let delay = direction == .requests ? core.delays.requests : core.delays.replies
        let due = max(lastDue, .now() + delay)
        if direction == .replies, let trickle = core.trickle {
            var moment = due
            while bytes.readableBytes > 0 {
                moment = moment + trickle.pause
                hold(bytes.readSlice(length: min(trickle.bytes, bytes.readableBytes)), until: moment)
            }
        } else {
            hold(bytes, until: due)
        }
        release()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hold(nil, until: max(lastDue, .now()))
        release()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func hold(_ bytes: ByteBuffer?, until due: NIODeadline) {
        lastDue = due
        held.append(Item(due: due, bytes: bytes))
    }

    /// Passes on what is due and comes back for the rest.
    private func release() {
        guard !isWaiting else { return }
        let now = NIODeadline.now()
        let due = held.prefix { $0.due <= now }
        held.removeFirst(due.count)
        for item in due { pass(item.bytes) }
        guard let next = held.first else { return }
        isWaiting = true
        core.eventLoop.assumeIsolated().scheduleTask(deadline: next.due) { [self] in
            isWaiting = false
            release()
        }
    }

    private func pass(_ bytes: ByteBuffer?) {
        guard !link.isSwallowing else {
            // The end of one side is not told to the other; only when the client has gone is all over.
            if bytes == nil, direction == .requests { link.close() }
            return
        }
        guard var bytes else { return link.close() }
        guard direction == .replies else {
            core.counts.requestBytes += bytes.readableBytes
            return destination.writeAndFlush(bytes, promise: nil)
        }
        guard let left = core.replyBytesBeforeCut else { return reply(bytes) }
        guard bytes.readableBytes > left else {
            core.replyBytesBeforeCut = left - bytes.readableBytes
            return reply(bytes)
        }
        core.replyBytesBeforeCut = nil
        if let rest = bytes.readSlice(length: left), left > 0 { reply(rest) }
        link.close()
    }

    private func reply(_ bytes: ByteBuffer) {
        core.counts.replyBytes += bytes.readableBytes
        destination.writeAndFlush(bytes, promise: nil)
    }
}
