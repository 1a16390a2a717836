import NIOCore

/// What a connection tells the node that it belongs to.
protocol RedisConnectionOwner: AnyObject {
    /// Commands go out from now on.
    func connectionBecameReady(_ connection: RedisConnection)
    /// A command was answered: the server works.
    func connectionWorks(_ connection: RedisConnection)
    /// The connection has ended, whoever wanted it to. Told once.
    func connectionEnded(_ connection: RedisConnection, _ error: RedisError)
}

/// Carries out what ``ConnectionStateMachine`` decides, on one channel.
///
/// Everything happens on one event loop. Commands of one of its turns are written together at its end; one timer serves
/// all deadlines.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var machine: ConnectionStateMachine
    private var parser: RESPValueParser
    /// Bytes of a reply that is not complete.
    private var rest = ByteBuffer()
    private var context: ChannelHandlerContext?
    private let eventLoop: NIOIsolatedEventLoop
    private let clock: any EventLoop
    private weak var owner: (any RedisConnectionOwner)?
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var isFlushScheduled = false
    private var isProven = false

    /// The timer runs from here on: it bounds how long connecting may take.
    init(_ configuration: RedisConfiguration, eventLoop: any EventLoop, owner: any RedisConnectionOwner) {
        machine = ConnectionStateMachine(configuration, now: eventLoop.now)
        parser = RESPValueParser(limits: configuration.bounds.replies)
        self.eventLoop = eventLoop.assumeIsolated()
        clock = eventLoop
        self.owner = owner
        setTimer()
    }

    /// The state that it is in, for its owner and for tests.
    var state: ConnectionStateMachine.State { machine.state }
    /// The version of the protocol that is spoken.
    var version: RESPVersion { machine.version }
    /// Commands that wait.
    var load: Int { machine.load }
    /// What happened on it.
    var counters: ConnectionCounters { machine.counters }

    /// Sends a request at the end of this turn of the event loop, or refuses it at once.
    ///
    /// - Returns: What ``cancel(_:)`` knows it by; `nil` if it was refused.
    func send(
        _ request: ByteBuffer, replies: Int, deadline: NIODeadline, completion: @escaping ReplyCompletion
    ) -> UInt64? {
        switch machine.send(request, replies: replies, deadline: deadline, completion: completion) {
        case .queued(let number):
            if machine.wakeUp < timerDeadline { setTimer() }
            if !isFlushScheduled, machine.hasBatch { scheduleFlush() }
            return number
        case .refuse(let error):
            completion(.failure(error))
            return nil
        }
    }

    /// Forgets a command.
    func cancel(_ number: UInt64) {
        let finished = machine.cancel(number)
        if machine.wakeUp < timerDeadline { setTimer() }
        finished?.tell()
        endIfDrained()
    }

    private func endIfDrained() {
        if machine.isDrained { end(RedisError(.closed, "the client was closed")) }
    }

    /// Ends the connection once everything is answered.
    func drain() {
        if machine.drain() == .close { end(RedisError(.closed, "the client was closed")) }
    }

    /// Ends the connection now, whatever is in flight.
    func end(_ error: RedisError) {
        guard machine.state != .closed else { return }
        let finished = machine.lost(error)
        timer?.cancel()
        timer = nil
        context?.close(promise: nil)
        owner?.connectionEnded(self, error)
        for command in finished { command.tell() }
    }

    // MARK: - Writing

    private func scheduleFlush() {
        isFlushScheduled = true
        eventLoop.execute { [self] in
            isFlushScheduled = false
            flush()
        }
    }

    private func flush() {
        guard let context else { return }
        var isAnythingWritten = false
        while context.channel.isWritable, let batch = machine.takeBatch() {
            context.write(wrapOutboundOut(batch), promise: nil)
            isAnythingWritten = true
        }
        if isAnythingWritten { context.flush() }
    }

    // MARK: - Time

    private func setTimer() {
        timer?.cancel()
        timer = nil
        timerDeadline = machine.wakeUp
        guard timerDeadline < .distantFuture else { return }
        timer = eventLoop.scheduleTask(deadline: timerDeadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        let (finished, fault) = machine.timerFired(now: clock.now)
        timer = nil
        setTimer()
        if !isFlushScheduled, machine.hasBatch { scheduleFlush() }
        for command in finished { command.tell() }
        if let fault { end(fault) } else { endIfDrained() }
    }
}

// MARK: - The channel

extension RedisConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { opened(context) }

    private func opened(_ context: ChannelHandlerContext) {
        switch machine.opened() {
        case .write(let request): context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        case .ready: becomeReady()
        case .close: context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        if rest.readableBytes > 0 {
            rest.writeBuffer(&input)
            input = rest
            // Held once only, the buffer can grow in place.
            rest = ByteBuffer()
        }
        while input.readableBytes > 0, machine.state != .closed {
            switch parser.next(&input) {
            case .value(let value): received(value)
            case .push: continue
            case .incomplete:
                return keep(input)
            case .violation(let violation):
                let message = "what the server sent is no reply (\(violation)): is it a Redis server?"
                return end(RedisError(.protocolViolation, message, cause: violation))
            }
        }
    }

    /// Keeps bytes of a reply that is not complete.
    ///
    /// Replies that were read from the buffer hold slices of it, which would have all of it copied when it grows: what
    /// remains is copied out then, and only then. Otherwise it is kept as it is, so that it can grow in place.
    private func keep(_ input: ByteBuffer) {
        rest = input.readerIndex == 0 ? input : ByteBuffer(bytes: input.readableBytesView)
    }

    private func received(_ value: RESPValue) {
        switch machine.received(value) {
        case .none: break
        case .complete(let completion, let value):
            if !isProven { prove() }
            completion(.success(value))
        case .write(let request): context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
        case .ready: becomeReady()
        case .completeAndClose(let completion, let value):
            completion?(.success(value))
            end(RedisError(.closed, "the client was closed"))
        case .fail(let error): end(error)
        }
    }

    private func prove() {
        isProven = true
        owner?.connectionWorks(self)
    }

    /// What waited is sent when all that was read has been looked at: whatever came behind the last answer of the
    /// handshake answers nothing.
    private func becomeReady() {
        owner?.connectionBecameReady(self)
        if !isFlushScheduled, machine.hasBatch { scheduleFlush() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(RedisError(.connectionLost, "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(RedisError(.connectionLost, "the connection failed", cause: error))
    }
}
