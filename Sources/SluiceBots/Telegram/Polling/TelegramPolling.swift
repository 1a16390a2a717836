public import Sluice
internal import Synchronization

/// Fetches a bot's updates by long polling, and handles them in the background: those of a chat in the order they came,
/// other chats side by side.
///
/// ```swift
/// let polling = TelegramPolling(bot) { update in await reply(to: update) }
/// try await polling.poll()
/// ```
/// An update is confirmed once it is handled, so that it comes again if the process dies before; see
/// ``PollingSettings/patience`` for how long. After ``stop()`` what was received is handled, confirmed, and no more is
/// asked for.
public final class TelegramPolling: Sendable {
    private struct State {
        var machine: PollingStateMachine
        /// Ends what is waited for.
        var interrupt: (@Sendable () -> Void)?
        /// Whether to do so when nothing is in hand.
        var endsWhenIdle = false
        var isStopping = false
    }

    private let bot: TelegramBot
    private let botName: String?
    private let settings: PollingSettings
    private let time: TimeSource
    private let state: Mutex<State>
    private let bounds: DeliveryBounds
    private let observe: @Sendable (TelegramError) -> Void
    private let handle: @Sendable (TelegramUpdate) async -> Void

    /// Polling for one bot.
    /// - Parameters:
    ///   - bot: Whom to ask.
    ///   - botName: What the bot is called, so that commands for others are none; see ``TelegramBot/getMe()``.
    ///   - settings: How it is asked.
    ///   - bounds: How many updates may wait and how many are handled at once. While there is no room the Bot API keeps
    ///     them.
    ///   - time: The time line.
    ///   - observe: Is told of failed calls and of updates that cannot be read.
    ///   - handle: Handles an update.
    public init(
        _ bot: TelegramBot, botName: String? = nil, settings: PollingSettings = PollingSettings(),
        bounds: DeliveryBounds = DeliveryBounds(), time: TimeSource = .system,
        observing observe: @escaping @Sendable (TelegramError) -> Void = { _ in },
        handle: @escaping @Sendable (TelegramUpdate) async -> Void
    ) {
        self.bot = bot
        self.botName = botName
        self.settings = settings
        self.bounds = bounds
        self.time = time
        self.observe = observe
        self.handle = handle
        state = Mutex(State(machine: PollingStateMachine(settings)))
    }

    /// Polls until ``stop()``, or until the task is cancelled: then what is in hand is cancelled too, and comes again.
    /// - Throws: ``TelegramError`` if the token is wrong or revoked: nothing else ends it.
    public func poll() async throws {
        let worker = UpdateWorker<TelegramUpdate>(bounds: bounds) { [self] update in
            await handle(update)
            finished(update.id)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            defer { group.cancelAll() }
            while try await step(worker) {}
            // Cancelled, what is in hand is not waited for.
            guard !Task.isCancelled else { return }
            worker.drain()
            try await group.waitForAll()
            if case .end(let offset?) = state.withLock({ $0.machine.next(at: time.now()) }) {
                try? await confirm(before: offset)
            }
        }
    }

    /// Asks for no more updates; ``poll()`` returns once those that were received are handled and confirmed.
    public func stop() {
        let interrupt = state.withLock { state in
            state.isStopping = true
            state.machine.stop()
            return state.interrupt
        }
        interrupt?()
    }

    /// Does one thing; `false` when no more is to be asked for.
    private func step(_ worker: UpdateWorker<TelegramUpdate>) async throws -> Bool {
        guard !Task.isCancelled else { return false }
        switch state.withLock({ $0.machine.next(at: time.now()) }) {
        case .finish, .end: return false
        case .wait(let moment, let orIdle):
            try? await interruptibly(endingWhenIdle: orIdle) { [time] in try await time.sleep(until: moment) }
        case .ask(let offset, let timeout):
            do {
                let updates = try await interruptibly(endingWhenIdle: false) { [bot, settings] in
                    try await bot.getUpdates(
                        from: offset, limit: settings.batch, timeout: timeout, kinds: settings.kinds)
                }
                take(updates, for: offset, worker)
            } catch let error as TelegramError {
                try failed(error)
            } catch is CancellationError {
                // Stopped or cancelled: what the answer may have held is unconfirmed, and comes again.
            }
        }
        return true
    }

    private func take(_ updates: [[UInt8]], for offset: Int64?, _ worker: UpdateWorker<TelegramUpdate>) {
        var readable: [Int64: TelegramUpdate] = [:]
        var unreadable: [Int64] = []
        for json in updates {
            do throws(TelegramError) {
                let update = try TelegramUpdate(json: json, botName: botName)
                readable[update.id] = update
            } catch {
                observe(error)
                if let id = error.updateID { unreadable.append(id) }
            }
        }
        let new = state.withLock { state in
            state.machine.received(readable.keys + unreadable, for: offset, at: time.now())
        }
        // What cannot be read now cannot be read later.
        for id in unreadable { finished(id) }
        var isFull = false
        for id in new {
            guard let update = readable[id] else { continue }
            // After the first that found no room none is taken, so that those of its chat remain in order.
            if !isFull { isFull = worker.offer(update, lane: update.lane) != .accepted }
            if isFull { state.withLock { $0.machine.refused(id) } }
        }
    }

    private func failed(_ error: TelegramError) throws {
        observe(error)
        if error.code == .unauthorized || error.code == .notFound { throw error }
        let random = UInt64.random(in: .min ... .max)
        state.withLock { $0.machine.failed(retryAfter: error.retryAfter, at: time.now(), random: random) }
    }

    private func finished(_ id: Int64) {
        let interrupt = state.withLock { state in
            state.machine.handled(id)
            return state.endsWhenIdle && !state.machine.hasInHand ? state.interrupt : nil
        }
        interrupt?()
    }

    private func confirm(before offset: Int64) async throws {
        _ = try await bot.getUpdates(from: offset, limit: 1, timeout: .zero, kinds: settings.kinds)
    }

    /// Does what ``stop()``, or that nothing is in hand any more, may end early.
    private func interruptibly<Result: Sendable>(
        endingWhenIdle: Bool, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let isOver = state.withLock { state in
            state.interrupt = { task.cancel() }
            state.endsWhenIdle = endingWhenIdle
            return state.isStopping || (endingWhenIdle && !state.machine.hasInHand)
        }
        if isOver { task.cancel() }
        defer { state.withLock { ($0.interrupt, $0.endsWhenIdle) = (nil, false) } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
