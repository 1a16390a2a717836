internal import NIOCore
internal import SluiceBots

/// Cuts bytes into lines of IRC. A line longer than a message can be is thrown away up to its end.
struct IRCLineFraming: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = IRCMessage

    private var isOverlong = false

    mutating func decode(buffer: inout ByteBuffer) throws -> IRCMessage? {
        while buffer.readableBytes > 0 {
            let view = buffer.readableBytesView
            guard let end = view.firstIndex(of: 10) else {
                if buffer.readableBytes > IRCMessage.longestLine {
                    isOverlong = true
                    buffer.moveReaderIndex(to: buffer.writerIndex)
                }
                return nil
            }
            let line = view[..<end]
            let message = isOverlong ? nil : line.withUnsafeBytes { IRCMessage($0) }
            isOverlong = false
            buffer.moveReaderIndex(to: end + 1)
            if let message { return message }
        }
        return nil
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> IRCMessage? {
        try decode(buffer: &buffer)
    }
}

/// Hands messages on, and writes messages as lines.
///
/// Used on one event loop only, by the channel that it belongs to.
final class IRCLineHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = IRCMessage
    typealias OutboundIn = IRCMessage
    typealias OutboundOut = ByteBuffer

    private let processor = NIOSingleStepByteToMessageProcessor(
        IRCLineFraming(), maximumBufferSize: 2 * IRCMessage.longestLine)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try processor.process(buffer: unwrapInboundIn(data)) { context.fireChannelRead(wrapInboundOut($0)) }
        } catch {
            context.fireErrorCaught(error)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let line = context.channel.allocator.buffer(string: unwrapOutboundIn(data).description + "\r\n")
        context.write(wrapOutboundOut(line), promise: promise)
    }
}
