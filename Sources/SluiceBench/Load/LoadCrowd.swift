import NIOCore
import NIOHTTP1
import NIOPosix

/// All users of a run, on its event loop: who comes when, who asks next, and when it is over.
final class LoadCrowd {
    private let plan: LoadPlan
    private let schedule: LoadSchedule
    private let address: SocketAddress
    private let eventLoop: any EventLoop
    private let progress: @Sendable (Double) -> Void
    private let finished: EventLoopPromise<LoadResult>
    private let begin = NIODeadline.now()
    private var tally: LoadTally
    private var users: [LoadUser] = []
    /// In an open loop, those who wait for a request to be due.
    private var idle: [LoadUser] = []
    /// Draws the tasks of an open loop.
    private var dice: LoadDice
    /// Requests given out; in an open loop the number of the next one that is due.
    private var asked = 0
    private var alarm: Scheduled<Void>?
    private var isTimeOver = false
    private var isFinished = false

    /// - Parameter address: Where the plan's server listens.
    init(
        _ plan: LoadPlan, at address: SocketAddress, on eventLoop: any EventLoop,
        progress: @escaping @Sendable (Double) -> Void
    ) {
        self.plan = plan
        schedule = LoadSchedule(plan)
        self.address = address
        self.eventLoop = eventLoop
        self.progress = progress
        tally = LoadTally(plan)
        dice = LoadDice(plan, user: plan.users)
        finished = eventLoop.makePromise()
    }

    /// Nanoseconds since the run began.
    private var now: Int64 { (NIODeadline.now() - begin).nanoseconds }

    /// Does all of it.
    /// - Returns: The result, once all connections are closed.
    func run() -> EventLoopFuture<LoadResult> {
        arrive()
        at(schedule.end) { [self] in
            isTimeOver = true
            finishIfDone()
        }
        look()
        return finished.futureResult
    }

    private func at(_ moment: Int64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(deadline: begin + .nanoseconds(moment), body)
    }

    /// Lets in those whose time has come, and comes back for the next.
    private func arrive() {
        while users.count < plan.users, !isTimeOver, !isFinished {
            let moment = schedule.arrival(of: users.count)
            guard moment < schedule.end else { return }
            guard moment <= now else { return at(moment) { [self] in arrive() } }
            let user = LoadUser(users.count, of: self, plan)
            users.append(user)
            next(user)
        }
    }

    // MARK: - Asking

    /// Gives a user who is free something to do.
    private func next(_ user: LoadUser) {
        if schedule.isOpen {
            idle.append(user)
            handOut()
        } else if !isTimeOver, asked < schedule.requests {
            asked += 1
            user.ask(LoadQuestion(task: user.dice.task(), due: now))
        }
    }

    /// Has idle users ask what is due, and comes back for the rest.
    private func handOut() {
        while asked < schedule.requests, !idle.isEmpty {
            let due = schedule.due(asked)
            let now = now
            guard due <= now else { return wake(at: due) }
            let question = LoadQuestion(task: dice.task(), due: due)
            asked += 1
            if now - due >= timeout {
                tally.fail(question.task, .timedOut, latency: now - due)
            } else if let user = idle.popLast() {
                user.ask(question)
            }
        }
        finishIfDone()
    }

    private func wake(at due: Int64) {
        guard alarm == nil else { return }
        alarm = eventLoop.assumeIsolated().scheduleTask(deadline: begin + .nanoseconds(due)) { [self] in
            alarm = nil
            if !isFinished { handOut() }
        }
    }

    /// A new connection to the server, with what reads and writes HTTP.
    func connect() -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: eventLoop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(TimeAmount(plan.timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Nothing that checks fields again with each request: the plan was checked.
                    try channel.pipeline.syncOperations.addHandlers([
                        HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()),
                    ])
                }
            }
            .connect(to: address)
    }

    // MARK: - What became of it

    func answered(_ user: LoadUser, _ question: LoadQuestion, _ status: Int) {
        let now = now
        tally.answer(question.task, status: status, latency: now - question.due, now: now)
        rest(user, for: schedule.isOpen ? 0 : user.dice.pause(), now)
    }

    func failed(_ user: LoadUser, _ question: LoadQuestion, _ fault: LoadFault) {
        guard !isFinished else { return }
        let now = now
        tally.fail(question.task, fault, latency: now - question.due)
        // A server that is not there is not asked as fast as refusals come.
        let least: Int64 = fault == .noConnection ? 100_000_000 : 0
        rest(user, for: max(least, schedule.isOpen ? 0 : user.dice.pause()), now)
    }

    private func rest(_ user: LoadUser, for pause: Int64, _ now: Int64) {
        if pause > 0 {
            at(now + pause) { [self] in if !isFinished { next(user) } }
        } else {
            next(user)
        }
        finishIfDone()
    }

    // MARK: - Looking after it

    private var timeout: Int64 { plan.timeout.wholeNanoseconds }

    /// Looks now and then for what takes too long: no request needs a timer of its own.
    private func look() {
        guard !isFinished else { return }
        let now = now
        progress(min(0.999, Double(now) / Double(schedule.end)))
        for user in users { user.expire(dueBefore: now - timeout) }
        // In an open loop, what nobody was free to ask.
        while schedule.isOpen, asked < schedule.requests, schedule.due(asked) + timeout < now {
            let task = dice.task()
            tally.fail(task, .timedOut, latency: now - schedule.due(asked))
            asked += 1
        }
        finishIfDone()
        at(now + min(100_000_000, max(1_000_000, timeout / 10))) { [self] in look() }
    }

    private func finishIfDone() {
        guard tally.count == asked else { return }
        guard asked == schedule.requests || (isTimeOver && !schedule.isOpen) else { return }
        finish(.success(tally.result(of: plan, isCutShort: !isTimeOver && plan.requests != nil)))
    }

    /// Ends at once, whatever is on its way.
    func cancel() { finish(.failure(CancellationError())) }

    private func finish(_ result: Result<LoadResult, any Error>) {
        guard !isFinished else { return }
        isFinished = true
        alarm?.cancel()
        for user in users { user.leave() }
        (users, idle) = ([], [])
        finished.completeWith(result)
    }
}
