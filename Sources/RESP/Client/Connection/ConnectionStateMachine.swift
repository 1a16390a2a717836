import NIOCore

/// What a connection does when something happens to it, without doing it.
///
/// Each event is a function that returns what there is to do. No completion is called from here: it might come back
/// with the next command. Time is handed in; ``wakeUp`` tells when it is wanted next.
///
/// What has been taken by ``takeBatch()`` counts as sent. It is never returned a second time, and whoever waits for it
/// is told that it may have run if its reply does not come.
struct ConnectionStateMachine {
    enum State: Hashable, CaseIterable {
        /// No channel is open. To `handshaking` once one is, to `closed` by failure, by time-out or by the owner.
        case connecting
        /// The first commands are being answered. To `ready`, or to `closed` as above.
        case handshaking
        /// To `draining` by the owner, to `closed` by loss, violation or a server that seems dead.
        case ready
        /// Nothing new is taken, what was taken is finished. To `closed` with the last reply or by loss.
        case draining
        /// Nothing leads out of it. Every event is accepted and changes nothing.
        case closed
    }

    private(set) var state = State.connecting
    /// The version that the handshake settled on.
    private(set) var version = RESPVersion.two
    /// When ``timerFired(now:)`` is wanted, at the latest.
    private(set) var wakeUp: NIODeadline
    private(set) var counters = ConnectionCounters()

    private var handshake: RedisHandshake
    private let handshakeDeadline: NIODeadline
    private let bounds: RedisBounds
    private let overdueBound: TimeAmount
    private var unsent = CircularBuffer<QueuedCommand>()
    private var unsentBytes = 0
    private var inFlight = CircularBuffer<PendingCommand>()
    /// Replies that came to the oldest command in flight, if it expects several.
    private var collected: [RESPValue] = []
    /// What was asked to see whether replies are in step, until it is answered.
    private var probe: StepProbe?
    private var lastNumber: UInt64 = 0

    /// A write holds no more than this, so that what a slow server does not take is held back rather than sent.
    static let batchBytes = 64 << 10
    /// Deadlines are not told apart more finely than this, which bounds how often all of them are looked at.
    static let granularity = TimeAmount.milliseconds(1)

    init(_ configuration: RedisConfiguration, now: NIODeadline) {
        handshake = RedisHandshake(configuration)
        handshakeDeadline = now + TimeAmount(configuration.connectTimeout)
        bounds = configuration.bounds
        overdueBound = TimeAmount(configuration.overdueBound)
        wakeUp = handshakeDeadline
    }

    /// Commands that wait to be sent or to be answered.
    var load: Int { unsent.count + inFlight.count }

    /// Whether the owner wanted to close and nothing is left to wait for.
    var isDrained: Bool { state == .draining && load == 0 }

    /// Whether there is something to send that may be sent.
    var hasBatch: Bool { !unsent.isEmpty && (state == .ready || state == .draining) }
}

// MARK: - The channel

extension ConnectionStateMachine {
    enum OpenedAction: Equatable {
        case write(ByteBuffer)
        /// There is nothing to shake hands about.
        case ready
        /// The connection was given up meanwhile.
        case close
    }

    /// A channel is open.
    mutating func opened() -> OpenedAction {
        guard state == .connecting else { return .close }
        state = .handshaking
        guard case .send(let request) = handshake.begin() else {
            state = .ready
            return .ready
        }
        return .write(request)
    }

    /// The connection is no more, or is to be no more.
    ///
    /// - Returns: Everybody who waited.
    mutating func lost(_ error: RedisError) -> [FinishedCommand] {
        state = .closed
        wakeUp = .distantFuture
        var finished: [FinishedCommand] = []
        for command in inFlight {
            guard let completion = command.completion else { continue }
            let lost = RedisError(error.code, error.message, mayHaveRun: true, reply: error.reply, cause: error.cause)
            finished.append(FinishedCommand(completion: completion, result: .failure(lost)))
        }
        // To what was not sent, the loss of what carried it is no more than that.
        let isLoss = [.connectionLost, .protocolViolation, .timedOut].contains(error.code)
        let code: RedisError.Code = isLoss ? .notConnected : error.code
        for command in unsent {
            guard let completion = command.pending.completion else { continue }
            let unsent = RedisError(code, error.message, reply: error.reply, cause: error.cause)
            finished.append(FinishedCommand(completion: completion, result: .failure(unsent)))
        }
        inFlight.removeAll()
        collected = []
        probe = nil
        unsent.removeAll()
        unsentBytes = 0
        return finished
    }

    enum DrainAction: Equatable {
        case close
        /// What is in flight comes first.
        case wait
        case none
    }

    /// The owner wants no more: nothing new is taken, what was taken is finished.
    mutating func drain() -> DrainAction {
        switch state {
        case .connecting, .handshaking: return .close
        case .ready where load == 0: return .close
        case .ready:
            state = .draining
            return .wait
        case .draining: return .wait
        case .closed: return .none
        }
    }
}

// MARK: - Commands

extension ConnectionStateMachine {
    enum SendAction {
        case queued(UInt64)
        case refuse(RedisError)
    }

    /// Someone sends a request, which waits for ``takeBatch()``.
    ///
    /// - Parameter replies: As many commands as the request consists of.
    mutating func send(
        _ request: ByteBuffer, replies: Int, deadline: NIODeadline, completion: @escaping ReplyCompletion
    ) -> SendAction {
        switch state {
        case .connecting, .handshaking, .ready: break
        case .draining: return .refuse(RedisError(.closed, "this connection is being closed: use another"))
        case .closed: return .refuse(RedisError(.notConnected, "this connection has ended"))
        }
        guard load < bounds.commands, unsentBytes + request.readableBytes <= bounds.queuedBytes else {
            counters.refused += 1
            return .refuse(RedisError(.queueFull, "\(load) commands wait already: the server does not keep up"))
        }
        lastNumber += 1
        let pending = PendingCommand(
            number: lastNumber, deadline: deadline, replies: replies, completion: completion)
        unsent.append(QueuedCommand(request: request, pending: pending))
        unsentBytes += request.readableBytes
        wakeUp = min(wakeUp, deadline)
        return .queued(lastNumber)
    }

    /// Takes what is to be written next, as one piece. Whatever it holds counts as sent from now on.
    mutating func takeBatch() -> ByteBuffer? {
        guard hasBatch else { return nil }
        let first = unsent.removeFirst()
        inFlight.append(first.pending)
        var bytes = first.request.readableBytes
        guard let next = unsent.first, bytes + next.request.readableBytes <= Self.batchBytes else {
            count(1, bytes)
            return first.request
        }
        var batch = ByteBufferAllocator().buffer(capacity: min(Self.batchBytes, unsentBytes))
        batch.writeImmutableBuffer(first.request)
        var commands = 1
        while let next = unsent.first, bytes + next.request.readableBytes <= Self.batchBytes {
            batch.writeImmutableBuffer(next.request)
            bytes += next.request.readableBytes
            inFlight.append(unsent.removeFirst().pending)
            commands += 1
        }
        count(commands, bytes)
        return batch
    }

    private mutating func count(_ commands: Int, _ bytes: Int) {
        unsentBytes -= bytes
        counters.sent += commands
        counters.batches += 1
    }

    /// Whoever sent a command no longer wants its reply. Its neighbours notice nothing.
    ///
    /// - Complexity: O(commands that wait).
    mutating func cancel(_ number: UInt64) -> FinishedCommand? {
        if let index = unsent.firstIndex(where: { $0.pending.number == number }) {
            let command = unsent.remove(at: index)
            unsentBytes -= command.request.readableBytes
            return finish(command.pending.completion, RedisError(.cancelled, "cancelled before it was sent"))
        }
        guard let index = inFlight.firstIndex(where: { $0.number == number }),
            let completion = inFlight[index].completion
        else { return nil }
        inFlight[index].completion = nil
        wakeUp = min(wakeUp, inFlight[index].deadline + overdueBound)
        return finish(completion, RedisError(.cancelled, "cancelled after it was sent", mayHaveRun: true))
    }

    private func finish(_ completion: ReplyCompletion?, _ error: RedisError) -> FinishedCommand? {
        completion.map { FinishedCommand(completion: $0, result: .failure(error)) }
    }
}

// MARK: - Replies

extension ConnectionStateMachine {
    enum ReplyAction {
        /// It was one of several, or nobody wants it any more.
        case none
        case complete(ReplyCompletion, RESPValue)
        /// The handshake goes on.
        case write(ByteBuffer)
        case ready
        /// Everything is answered; the owner wanted to close.
        case completeAndClose(ReplyCompletion?, RESPValue)
        /// Nothing sensible can follow: to ``lost(_:)`` with it.
        case fail(RedisError)
    }

    /// A reply came.
    mutating func received(_ value: RESPValue) -> ReplyAction {
        switch state {
        case .ready: return answer(value)
        case .draining:
            let action = answer(value)
            guard load == 0 else { return action }
            switch action {
            case .complete(let completion, let value): return .completeAndClose(completion, value)
            default: return .completeAndClose(nil, value)
            }
        case .handshaking: return shakeHands(value)
        case .connecting, .closed: return .none
        }
    }

    @inline(__always)
    private mutating func answer(_ value: RESPValue) -> ReplyAction {
        guard let command = inFlight.first else { return .fail(Self.unasked(value)) }
        if let probe {
            guard !probe.isContradicted(by: value, to: command) else { return .fail(Self.outOfStep) }
            if command.number == probe.number { self.probe = nil }
        }
        counters.received += 1
        let expected = command.replies
        guard expected > 1 else {
            return inFlight.removeFirst().completion.map { .complete($0, value) } ?? .none
        }
        collected.append(value)
        guard collected.count == expected else { return .none }
        let values = collected
        collected = []
        return inFlight.removeFirst().completion.map { .complete($0, .array(values)) } ?? .none
    }

    private mutating func shakeHands(_ value: RESPValue) -> ReplyAction {
        switch handshake.received(value) {
        case .send(let request): return .write(request)
        case .ready(let version):
            self.version = version
            state = .ready
            return .ready
        case .failed(let code, let message, let reply): return .fail(RedisError(code, message, reply: reply))
        }
    }

    private static let outOfStep = RedisError(
        .protocolViolation, "replies are out of step with commands: does a proxy lose or repeat some?")

    private static func unasked(_ value: RESPValue) -> RedisError {
        guard case .error(let error) = value else {
            return RedisError(.protocolViolation, "the server sent a reply that nobody asked for")
        }
        // What a server says before it hangs up.
        return RedisError(.connectionLost, "the server ends the connection: \(error.text)", reply: error)
    }
}

// MARK: - Time

extension ConnectionStateMachine {
    /// Time has passed.
    ///
    /// There may be something to send afterwards.
    /// - Returns: Everybody whose deadline passed, and why the connection has to end, if it has to.
    /// - Complexity: O(commands that wait).
    mutating func timerFired(now: NIODeadline) -> (finished: [FinishedCommand], fault: RedisError?) {
        switch state {
        case .closed: return ([], nil)
        case .connecting where now >= handshakeDeadline:
            return ([], RedisError(.notConnected, "no connection within the connect time-out"))
        case .handshaking where now >= handshakeDeadline:
            return ([], RedisError(.notConnected, "no answer to the first command within the connect time-out"))
        default: break
        }
        var next = state == .connecting || state == .handshaking ? handshakeDeadline : .distantFuture
        var finished: [FinishedCommand] = []
        expireSent(now, &next, &finished)
        if !finished.isEmpty, state == .ready, probe == nil { queueProbe(now) }
        expireUnsent(now, &next, &finished)
        counters.timedOut += finished.count
        if let oldest = inFlight.first, oldest.completion == nil {
            let dead = oldest.deadline + overdueBound
            guard dead > now else {
                return (finished, RedisError(.connectionLost, "no reply for so long that the server seems dead"))
            }
            next = min(next, dead)
        }
        wakeUp = max(next, now + Self.granularity)
        return (finished, nil)
    }

    private mutating func expireSent(_ now: NIODeadline, _ next: inout NIODeadline, _ finished: inout [FinishedCommand])
    {
        for index in inFlight.indices {
            guard let completion = inFlight[index].completion else { continue }
            guard inFlight[index].deadline <= now else {
                next = min(next, inFlight[index].deadline)
                continue
            }
            inFlight[index].completion = nil
            let error = RedisError(.timedOut, "no reply before the deadline", mayHaveRun: true)
            finished.append(FinishedCommand(completion: completion, result: .failure(error)))
        }
    }

    private mutating func queueProbe(_ now: NIODeadline) {
        lastNumber += 1
        let probe = StepProbe(number: lastNumber)
        let pending = PendingCommand(number: lastNumber, deadline: now + overdueBound, replies: 1, completion: nil)
        unsent.append(QueuedCommand(request: probe.request, pending: pending))
        unsentBytes += probe.request.readableBytes
        self.probe = probe
    }

    private mutating func expireUnsent(
        _ now: NIODeadline, _ next: inout NIODeadline, _ finished: inout [FinishedCommand]
    ) {
        var isAnyExpired = false
        for command in unsent {
            let deadline = command.pending.deadline
            if deadline <= now { isAnyExpired = true } else { next = min(next, deadline) }
        }
        guard isAnyExpired else { return }
        var kept = CircularBuffer<QueuedCommand>(initialCapacity: unsent.count)
        for command in unsent {
            guard command.pending.deadline <= now else {
                kept.append(command)
                continue
            }
            unsentBytes -= command.request.readableBytes
            if command.pending.number == probe?.number { probe = nil }
            guard let completion = command.pending.completion else { continue }
            let error = RedisError(.timedOut, "it could not be sent before the deadline")
            finished.append(FinishedCommand(completion: completion, result: .failure(error)))
        }
        unsent = kept
    }
}
