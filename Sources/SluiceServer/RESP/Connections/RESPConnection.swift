import Logging
import NIOCore
import RESP
import Sluice
import Synchronization

/// A connection's place in the pipeline: bytes in, replies out, and when to read no more or to close.
///
/// What a read holds is answered while it lies in the receive buffer, and all replies leave with one write. Bytes
/// are copied only when a request is cut in two, or has to wait until the client has taken earlier replies.
/// Decisions on Redis come later: until then they keep their places among the replies; see ``PendingReplies``.
final class RESPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Where a connection is on its way.
    enum Phase {
        /// Requests are answered. Ends in `ending`, or by the client's closing.
        case open
        /// What is answered still goes out, then the client is told that no more comes. Ends in `lingering`.
        case ending
        /// The client has been told and has not closed yet. What it still sends is dropped unread: closing now
        /// would reset the connection and could take the last reply from it.
        case lingering
    }

    let id: Int
    let loop: RESPLoop
    var context: ChannelHandlerContext?
    /// The socket, for writing without a detour; see `RESPConnection+Output.swift`.
    var socket: NIOBSDSocket.Handle?
    var phase = Phase.open
    /// Bytes of replies that the system has not taken yet.
    var unwritten = 0
    /// The client has closed its side.
    private var isInputClosed = false
    /// The transport stops.
    private var isDraining = false

    private var parser: RequestParser
    private(set) var session: Session
    /// The beginning of a request whose end has not arrived, or requests that wait.
    private var waiting = ByteBuffer()
    /// A read that was asked for and is put off until the client takes its replies.
    private var isReadHeld = false
    /// The last turn made as many replies, or asked for as many decisions, as one may: whole requests may wait.
    private var isCutShort = false

    private var lastRead: Timestamp
    /// Since when a request is incomplete, replies are not taken, or the client has not closed.
    private var lateSince: Timestamp?

    init(loop: RESPLoop, channel: any Channel) {
        id = loop.shared.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        self.loop = loop
        lastRead = loop.limiter.now()
        parser = RequestParser(limits: loop.configuration.requestLimits)
        session = Session(
            id: id, connectedAt: lastRead, peer: channel.remoteAddress, local: channel.localAddress,
            pending: loop.isShared
                ? PendingReplies(eventLoop: loop.eventLoop, loop.configuration, loop.counters) : nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        session.pending?.onAnswers = { [self] in
            // While the client has replies to take, their being taken goes on with these.
            // NIO tells of a closed socket in a later turn than it closes it, and its number may be another's by then.
            if unwritten == 0, let context = self.context, context.channel.isActive { resume(context) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        session.pending?.close()
    }

    /// Whether requests are answered now: the client has taken its replies, and few enough decisions are awaited.
    private var mayAnswer: Bool { unwritten == 0 && session.pending?.isFull != true }

    /// Whether the client has been told everything that it asked.
    private var isSettled: Bool { unwritten == 0 && session.pending?.isEmpty != false }

    func channelActive(context: ChannelHandlerContext) {
        // What is encrypted goes through the pipeline.
        if !loop.isEncrypted {
            let pipeline = context.pipeline.syncOperations
            socket = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        }
        if !loop.admit(self) { refuse(context) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket = nil
        session.pending?.close()
        loop.remove(self)
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        guard mayAnswer || phase != .open else {
            isReadHeld = true
            return
        }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else { return }
        var buffer = unwrapInboundIn(data)
        lastRead = loop.limiter.now()
        if waiting.readableBytes == 0 {
            let consumed = mayAnswer ? buffer.withUnsafeReadableBytes { answer($0) } : 0
            if consumed < buffer.readableBytes {
                buffer.moveReaderIndex(forwardBy: consumed)
                waiting.writeBuffer(&buffer)
                lateSince = lastRead
            }
            finishRead(context)
            if isCutShort { answerAllWaiting(context) }
        } else {
            waiting.writeImmutableBuffer(buffer)
            answerAllWaiting(context)
        }
    }

    /// Answers what waits and is whole, until the system takes no more replies or too many decisions are awaited.
    private func answerAllWaiting(_ context: ChannelHandlerContext) {
        repeat {
            answerWaiting()
            finishRead(context)
        } while isCutShort && mayAnswer && phase == .open
    }

    /// Answers what waits, as far as it is whole and one turn may.
    private func answerWaiting() {
        guard mayAnswer else { return }
        let consumed = waiting.withUnsafeReadableBytes { answer($0) }
        guard consumed > 0 else { return }
        waiting.moveReaderIndex(forwardBy: consumed)
        if waiting.readableBytes == 0 {
            waiting = ByteBuffer()
            lateSince = nil
        } else {
            waiting.discardReadBytes()
            lateSince = lastRead
        }
    }

    /// Answers requests into the loop's writer.
    private func answer(_ bytes: UnsafeRawBufferPointer) -> Int {
        // The protocol has no room for a caller's span, so traces begin here.
        let span = loop.tracing?.begin("resp")
        let consumed = within(span) { loop.processor.answer(bytes, &parser, &session, at: lastRead) }
        let requests = loop.processor.requests
        loop.counters.add(requests: requests, errors: loop.processor.errors)
        if !loop.isShared, requests > 0 {
            // What Redis decides is answered later; see `PendingReplies`.
            let duration = loop.limiter.now() - lastRead
            loop.counters.durations.record(nanoseconds: duration.wholeNanoseconds, times: requests)
            if let span { loop.shared.exemplars.note(span, nanoseconds: duration.wholeNanoseconds) }
        }
        span?.end(requests: requests, errors: loop.processor.errors)
        isCutShort = session.flow == .full || loop.processor.replies.count >= loop.configuration.replyBytes
        return consumed
    }

    private func finishRead(_ context: ChannelHandlerContext) {
        if session.isClosing { return end(context) }
        send(context)
        guard waiting.readableBytes > loop.configuration.waitingBytes else { return }
        loop.processor.replies.error("ERR Protocol error: too many requests wait for their replies to be read")
        end(context)
    }
}

// MARK: - Waiting for the client, and for decisions

extension RESPConnection {
    /// The system has taken all replies, or decisions were made: what is known is told, what waits is answered, and
    /// reading goes on.
    func resume(_ context: ChannelHandlerContext) {
        if session.pending != nil { send(context) }
        switch phase {
        case .ending:
            if isSettled { endOutput(context) }
            return
        case .lingering: return
        case .open: break
        }
        lateSince = waiting.readableBytes > 0 ? loop.limiter.now() : nil
        if waiting.readableBytes > 0, mayAnswer { answerAllWaiting(context) }
        guard mayAnswer, phase == .open else { return }
        if isDraining { return drain() }
        if isInputClosed {
            if isSettled { close() }
            return
        }
        guard isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    func noteUnwritten() { lateSince = lateSince ?? lastRead }

    func closeIfLate(at now: Timestamp) {
        let idle = loop.configuration.idleTimeout
        let stall = loop.configuration.stallTimeout
        // Whoever waits for decisions is not late himself.
        let isClientsTurn = unwritten > 0 || session.pending?.isEmpty != false
        if isClientsTurn, let lateSince, stall > .zero, now - lateSince >= stall { return close() }
        if idle > .zero, now - lastRead >= idle { close() }
    }
}

// MARK: - Ending

extension RESPConnection {
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            // Replies that are still to be taken go out first.
            if isSettled || phase == .lingering { close() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // TLS closes by itself.
        if ServerTLS.isHarmless(error) || ServerTLS.isFatal(error) { return }
        // The client has gone away, or its connection broke; nobody is left to be told.
        loop.logger.trace("Connection \(id) failed: \(error)")
        close()
    }

    /// There are too many connections. To tell it on an encrypted one would cost a handshake.
    private func refuse(_ context: ChannelHandlerContext) {
        guard !loop.isEncrypted else { return close() }
        loop.processor.replies.error("ERR max number of clients reached")
        end(context)
    }

    /// Sends what is answered and ends the connection.
    private func end(_ context: ChannelHandlerContext) {
        phase = .ending
        waiting = ByteBuffer()
        send(context)
        lateSince = loop.limiter.now()
        // While it was sent, `resume` may have done so.
        if isSettled, phase == .ending { endOutput(context) }
    }

    private func endOutput(_ context: ChannelHandlerContext) {
        guard !isInputClosed else { return close() }
        phase = .lingering
        context.close(mode: .output, promise: nil)
        // A read may have been put off; the client's closing is only seen by reading.
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// The transport stops: answers what has arrived, and closes.
    func drain() {
        guard let context, phase == .open, context.channel.isActive else { return }
        isDraining = true
        // Otherwise `resume` comes back to it.
        guard mayAnswer else { return }
        readRemaining { bytes in
            waiting.writeBytes(bytes)
            lastRead = loop.limiter.now()
            answerAllWaiting(context)
            return phase == .open && mayAnswer
        }
        if phase == .open, isSettled { close() }
    }

    func close() {
        socket = nil
        context?.close(promise: nil)
    }
}
