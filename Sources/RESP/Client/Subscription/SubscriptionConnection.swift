import NIOCore

/// What a connection that listens tells its owner, on its event loop.
protocol SubscriptionConnectionOwner: AnyObject {
    /// From now on no message is missed.
    func connectionListens(_ connection: SubscriptionConnection)
    /// A message came.
    func connection(_ connection: SubscriptionConnection, heard message: ByteBuffer)
    /// The connection has ended. Told once.
    func connectionEnded(_ connection: SubscriptionConnection, _ error: RedisError)
}

/// Carries out what ``SubscriptionStateMachine`` decides, on one channel and its event loop.
final class SubscriptionConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var machine: SubscriptionStateMachine
    private var parser: RESPValueParser
    /// Bytes of a message that is not complete.
    private var rest = ByteBuffer()
    private var context: ChannelHandlerContext?
    private let eventLoop: NIOIsolatedEventLoop
    private let clock: any EventLoop
    private weak var owner: (any SubscriptionConnectionOwner)?
    private var timer: Scheduled<Void>?

    init(
        _ configuration: RedisConfiguration, channel: String, heartbeat: TimeAmount, eventLoop: any EventLoop,
        owner: any SubscriptionConnectionOwner
    ) {
        machine = SubscriptionStateMachine(
            configuration, channel: channel, heartbeat: heartbeat, now: eventLoop.now)
        parser = RESPValueParser(limits: configuration.bounds.replies)
        self.eventLoop = eventLoop.assumeIsolated()
        clock = eventLoop
        self.owner = owner
        setTimer()
    }

    /// Ends the connection now.
    func end(_ error: RedisError) {
        guard machine.state != .closed else { return }
        machine.close()
        timer?.cancel()
        timer = nil
        context?.close(promise: nil)
        owner?.connectionEnded(self, error)
    }

    private func perform(_ action: SubscriptionStateMachine.Action) {
        switch action {
        case .none: break
        case .write(let request): context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
        case .listening:
            setTimer()
            owner?.connectionListens(self)
        case .message(let message): owner?.connection(self, heard: message)
        case .fail(let error): end(error)
        }
    }

    private func setTimer() {
        timer?.cancel()
        timer = nil
        guard machine.wakeUp < .distantFuture else { return }
        timer = eventLoop.scheduleTask(deadline: machine.wakeUp) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        perform(machine.timerFired(now: clock.now))
        setTimer()
    }
}

// MARK: - The channel

extension SubscriptionConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { opened(context) }

    private func opened(_ context: ChannelHandlerContext) {
        guard machine.state != .closed else { return context.close(promise: nil) }
        perform(machine.opened())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        if rest.readableBytes > 0 {
            rest.writeBuffer(&input)
            input = rest
            rest = ByteBuffer()
        }
        while input.readableBytes > 0, machine.state != .closed {
            switch parser.next(&input) {
            case .value(let value): perform(machine.received(value, now: clock.now))
            case .push(let parts): perform(machine.pushed(parts, now: clock.now))
            case .incomplete:
                rest = ByteBuffer(bytes: input.readableBytesView)
                return
            case .violation(let violation):
                let message = "what the server sent is no message (\(violation)): is it a Redis server?"
                return end(RedisError(.protocolViolation, message, cause: violation))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(RedisError(.connectionLost, "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(RedisError(.connectionLost, "the connection failed", cause: error))
    }
}
