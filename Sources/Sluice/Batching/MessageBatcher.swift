internal import DequeModule
internal import Synchronization

/// Gathers messages to the same chat and delivers them together.
///
/// ```swift
/// let batcher = MessageBatcher<Int64, String> { chat, lines in
///     try await bot.sendMessage(chat, lines.joined(separator: "\n"))
/// }
/// try await batcher.send("hello", to: 42)
/// ```
/// A batch leaves when it is full, or when its oldest message has waited for `delay`. Batches to one chat leave one
/// after the other, so messages arrive in the order in which they were sent; chats do not wait for each other. Whoever
/// sent a message waits until it was delivered, and is told the error if it was not.
public final class MessageBatcher<Chat: Hashable & Sendable, Message: Sendable>: Sendable {
    /// What delivers a batch.
    public typealias Delivery = @Sendable (_ chat: Chat, _ messages: [Message]) async throws -> Void

    /// Messages of a batch at most.
    public let size: Int
    /// How long a message waits for others, at most.
    public let delay: Duration
    /// Messages that wait at once, of all chats together. Beyond it ``send(_:to:)`` throws.
    public let capacity: Int
    private let time: TimeSource
    private let deliver: Delivery
    private let state = Mutex(State())

    private struct Item {
        var number: UInt64
        var message: Message
        var since: Timestamp
    }

    private struct Line {
        var items: Deque<Item> = []
        var isDelivering = false
        var alarm: Task<Void, Never>?
    }

    private struct State {
        var lines: [Chat: Line] = [:]
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var words: [UInt64: Result<Void, any Error>] = [:]
        var waiting = 0
        var lastNumber: UInt64 = 0
        var isShutDown = false
        var drainers: [CheckedContinuation<Void, Never>] = []
    }

    /// A batcher whose batches `deliver` sends, such as through a ``Pacer``.
    public init(
        size: Int = 10, delay: Duration = .milliseconds(100), capacity: Int = 10_000, time: TimeSource = .system,
        deliver: @escaping Delivery
    ) {
        precondition(size >= 1 && capacity >= 1, "a batch holds at least one message")
        self.size = size
        self.delay = delay
        self.capacity = capacity
        self.time = time
        self.deliver = deliver
    }

    /// How many messages wait for their batch to leave.
    public var waiting: Int { state.withLock { $0.waiting } }

    /// How many messages have been taken since it was made.
    public var accepted: UInt64 { state.withLock { $0.lastNumber } }

    /// Sends a message with others to the same chat; returns once it was delivered.
    /// - Throws: What the delivery of its batch throws; ``PacingError/Code/queueFull`` and
    ///   ``PacingError/Code/shutDown``; `CancellationError` if the task is cancelled before its batch has left: then it
    ///   leaves without the message.
    public func send(_ message: Message, to chat: Chat) async throws {
        try Task.checkCancellation()
        let number = try enter(message, chat)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
                let word = state.withLock { state -> Result<Void, any Error>? in
                    if let word = state.words.removeValue(forKey: number) { return word }
                    state.waiters[number] = waiter
                    return nil
                }
                if let word { waiter.resume(with: word) }
            }
        } onCancel: {
            cancel(number, chat)
        }
    }

    /// Takes no more messages, sends off what waits without delay, and returns once all of it was delivered or refused.
    public func shutDown() async {
        let chats = state.withLock { state in
            state.isShutDown = true
            return Array(state.lines.keys)
        }
        for chat in chats { leaveIfDue(chat) }
        await withCheckedContinuation { drainer in
            let isDone = state.withLock { state in
                if state.lines.isEmpty { return true }
                state.drainers.append(drainer)
                return false
            }
            if isDone { drainer.resume() }
        }
    }

    private func enter(_ message: Message, _ chat: Chat) throws(PacingError) -> UInt64 {
        let now = time.now()
        let number = try state.withLock { state throws(PacingError) in
            guard !state.isShutDown else { throw .shutDown }
            guard state.waiting < capacity else { throw .queueFull(capacity) }
            state.lastNumber += 1
            state.waiting += 1
            state.lines[chat, default: Line()].items.append(
                Item(number: state.lastNumber, message: message, since: now))
            return state.lastNumber
        }
        leaveIfDue(chat)
        return number
    }

    private func cancel(_ number: UInt64, _ chat: Chat) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let place = state.lines[chat]?.items.firstIndex(where: { $0.number == number }) else { return nil }
            state.lines[chat]!.items.remove(at: place)
            state.waiting -= 1
            if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
            state.words[number] = .failure(CancellationError())
            return nil
        }
        waiter?.resume(throwing: CancellationError())
        leaveIfDue(chat)
    }
}

// MARK: - Leaving

extension MessageBatcher {
    /// Sends off a chat's next batch if it is due, or sees to it that somebody does when it is.
    private func leaveIfDue(_ chat: Chat) {
        let now = time.now()
        let (batch, drainers) = state.withLock { state -> ([Item], [CheckedContinuation<Void, Never>]) in
            guard let line = state.lines[chat], !line.isDelivering else { return ([], []) }
            guard let oldest = line.items.first else {
                line.alarm?.cancel()
                state.lines[chat] = nil
                guard state.lines.isEmpty else { return ([], []) }
                defer { state.drainers = [] }
                return ([], state.drainers)
            }
            let isDue = line.items.count >= size || state.isShutDown || now >= oldest.since + delay
            guard isDue else {
                if line.alarm == nil { state.lines[chat]!.alarm = alarm(chat, at: oldest.since + delay) }
                return ([], [])
            }
            line.alarm?.cancel()
            state.lines[chat]!.alarm = nil
            state.lines[chat]!.isDelivering = true
            let batch = Array(line.items.prefix(size))
            state.lines[chat]!.items.removeFirst(batch.count)
            state.waiting -= batch.count
            return (batch, [])
        }
        for drainer in drainers { drainer.resume() }
        if !batch.isEmpty { Task { await leave(batch, to: chat) } }
    }

    private func alarm(_ chat: Chat, at moment: Timestamp) -> Task<Void, Never> {
        Task { [time, weak self] in
            // Cancelled when the batch leaves earlier.
            guard (try? await time.sleep(until: moment)) != nil, let self else { return }
            state.withLock { $0.lines[chat]?.alarm = nil }
            leaveIfDue(chat)
        }
    }

    private func leave(_ batch: [Item], to chat: Chat) async {
        let word: Result<Void, any Error>
        do {
            try await deliver(chat, batch.map(\.message))
            word = .success(())
        } catch {
            word = .failure(error)
        }
        let waiters = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            state.lines[chat]?.isDelivering = false
            return batch.compactMap { item in
                if let waiter = state.waiters.removeValue(forKey: item.number) { return waiter }
                state.words[item.number] = word
                return nil
            }
        }
        for waiter in waiters { waiter.resume(with: word) }
        leaveIfDue(chat)
    }
}
