internal import Synchronization

/// What a pipeline does from now on, one event after the other.
///
/// ```swift
/// for await event in pipeline.events() {
///     if case .denied(let denial) = event { log(denial.policy) }
/// }
/// ```
/// Whoever reads too slowly loses the oldest events, and ``dropped`` tells how many; the bot never waits for him.
public struct BotEvents: AsyncSequence, Sendable {
    /// How many events wait for a reader unless he says otherwise.
    public static let defaultCapacity = 1_024

    private let stream: AsyncStream<BotEvent>
    private let subscription: BotEventHub.Subscription

    init(_ stream: AsyncStream<BotEvent>, _ subscription: BotEventHub.Subscription) {
        self.stream = stream
        self.subscription = subscription
    }

    /// How many events were lost because they were not read in time.
    public var dropped: Int { subscription.dropped.load(ordering: .relaxed) }

    /// Reads events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var base: AsyncStream<BotEvent>.Iterator

        init(_ base: AsyncStream<BotEvent>.Iterator) { self.base = base }

        /// The next event; `nil` when the pipeline is gone or the reader's task cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> BotEvent? {
            await base.next(isolation: actor)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream.makeAsyncIterator()) }
}

/// Hands events to whoever listens. Where nobody does, an event costs one look at a number.
final class BotEventHub: Sendable {
    /// One who listens.
    final class Subscription: Sendable {
        let dropped = Atomic<Int>(0)
        fileprivate let continuation: AsyncStream<BotEvent>.Continuation

        fileprivate init(_ continuation: AsyncStream<BotEvent>.Continuation) { self.continuation = continuation }
    }

    private let listeners = Atomic<Int>(0)
    private let subscriptions = Mutex<[ObjectIdentifier: Subscription]>([:])

    /// Whether anybody listens.
    @inline(__always) var hasListeners: Bool { listeners.load(ordering: .relaxed) > 0 }

    func subscribe(holding capacity: Int) -> BotEvents {
        let (stream, continuation) = AsyncStream.makeStream(
            of: BotEvent.self, bufferingPolicy: .bufferingNewest(Swift.max(1, capacity)))
        let subscription = Subscription(continuation)
        let id = ObjectIdentifier(subscription)
        subscriptions.withLock { $0[id] = subscription }
        listeners.add(1, ordering: .relaxed)
        continuation.onTermination = { [weak self] _ in self?.unsubscribe(id) }
        return BotEvents(stream, subscription)
    }

    private func unsubscribe(_ id: ObjectIdentifier) {
        guard subscriptions.withLock({ $0.removeValue(forKey: id) }) != nil else { return }
        listeners.subtract(1, ordering: .relaxed)
    }

    func send(_ event: @autoclosure () -> BotEvent) {
        guard hasListeners else { return }
        let all = subscriptions.withLock { Array($0.values) }
        let event = event()
        for subscription in all {
            if case .dropped = subscription.continuation.yield(event) {
                subscription.dropped.add(1, ordering: .relaxed)
            }
        }
    }

    /// Ends what everybody reads.
    func finish() {
        for subscription in subscriptions.withLock({ Array($0.values) }) { subscription.continuation.finish() }
    }

    deinit { finish() }
}
