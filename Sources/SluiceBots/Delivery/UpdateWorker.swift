internal import Synchronization

/// Handles updates in the background: those of one lane one after another, others side by side, never more than its
/// bounds.
///
/// ```swift
/// let worker = UpdateWorker<TelegramUpdate> { update in await reply(to: update) }
/// async let running: Void = worker.run()
/// let offer = worker.offer(update, lane: update.lane)
/// ```
public final class UpdateWorker<Item: Sendable>: Sendable {
    private let lanes: Mutex<Lanes<Item>>
    private let handle: @Sendable (Item) async -> Void
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// A worker that does nothing until it is run.
    /// - Parameter handle: Handles an item. It is cancelled if ``run()`` is.
    public init(bounds: DeliveryBounds = DeliveryBounds(), handle: @escaping @Sendable (Item) async -> Void) {
        lanes = Mutex(Lanes(bounds))
        self.handle = handle
        // One wake is as good as many: whoever wakes takes all that may be taken.
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many wait, and how many are handled.
    public var counts: (waiting: Int, running: Int) { lanes.withLock { ($0.waiting, $0.running) } }

    /// Takes an item, if there is room. Never waits.
    /// - Parameter lane: What it must be in order with; `nil` if nothing.
    public func offer(_ item: Item, lane: String?) -> DeliveryOffer {
        let (offer, hasNext) = lanes.withLock { ($0.offer(item, lane: lane), $0.hasNext) }
        if hasNext { wake.yield() }
        return offer
    }

    /// Handles what is offered, until ``drain()`` was called and all is handled, or until the task is cancelled.
    /// - Returns: How many were accepted and not handled: 0 unless it was cancelled.
    @discardableResult
    public func run() async -> Int {
        await withDiscardingTaskGroup { group in
            for await _ in wakes {
                while let work = lanes.withLock({ $0.next() }) {
                    group.addTask { await self.run(from: work) }
                }
            }
        }
        return lanes.withLock { $0.abandon() }
    }

    /// Takes no more; ``run()`` returns once all that was accepted is handled.
    public func drain() {
        let isDrained = lanes.withLock { lanes in
            lanes.drain()
            return lanes.isDrained
        }
        if isDrained { wake.finish() }
    }

    /// Handles an item, and then whatever is next, so that no task is made for each.
    @concurrent
    private func run(from first: Lanes<Item>.Work) async {
        var work: Lanes<Item>.Work? = first
        while let present = work {
            await handle(present.item)
            let isCancelled = Task.isCancelled
            let isDrained: Bool
            (work, isDrained) = lanes.withLock { lanes in
                lanes.finish(present.lane)
                return (isCancelled ? nil : lanes.next(), lanes.isDrained)
            }
            if isDrained { wake.finish() }
        }
    }
}
