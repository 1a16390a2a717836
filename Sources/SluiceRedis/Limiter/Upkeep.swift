import NIOCore
import RESP
import Sluice
import Synchronization

/// What a limiter does now and then: counts the instances, gives idle lots back.
///
/// Sendable: everything is touched on the lane's event loop only, but for what is atomic.
final class Upkeep: @unchecked Sendable {
    private static let interval = TimeAmount.milliseconds(250)

    private let lane: RedisLane
    private let time: TimeSource
    private let timeAmount: TimeAmount
    private let slot: HashSlot
    private var census: InstanceCensus
    private let returns: LotReturns
    private let fallback: FallbackLimiter
    private var task: RepeatedTask?
    private var isStopped = false
    /// Whether it was ended in good order, after which the event loop may be gone.
    private let hasEnded = Atomic<Bool>(false)

    /// - Parameter name: A name that no other instance has.
    ///
    /// It knows parts of its limiter, not the limiter: Swift keeps a count beside an object that is referred to weakly,
    /// and each decision would pay for that.
    init(
        _ store: RedisStore, _ lane: RedisLane, time: TimeSource, _ returns: LotReturns, _ fallback: FallbackLimiter,
        name: UInt64
    ) {
        self.lane = lane
        self.time = time
        timeAmount = store.timeAmount
        self.returns = returns
        self.fallback = fallback
        census = InstanceCensus(prefix: store.prefix, name: name, at: time.now())
        slot = HashSlot(key: census.keyName)
    }

    func begin() {
        lane.eventLoop.execute {
            guard !self.isStopped else { return }
            self.task = self.lane.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) {
                [weak self] _ in self?.lookAfter()
            }
        }
    }

    /// Ends it, and takes this instance out of the count.
    func stop() async {
        hasEnded.store(true, ordering: .releasing)
        await withUnsafeContinuation { continuation in
            lane.eventLoop.execute {
                self.end()
                self.send(self.census.farewell) { _ in continuation.resume() }
            }
        }
    }

    /// The same for a limiter that nobody has any more.
    func stop(closing client: RedisClient) {
        guard !hasEnded.load(ordering: .acquiring) else { return }
        lane.eventLoop.execute { self.end() }
        for lane in client.lanes { lane.eventLoop.execute { lane.close() } }
    }

    private func end() {
        isStopped = true
        task?.cancel()
        task = nil
    }

    private func lookAfter() {
        let now = time.now()
        returns.giveBack(returns.lots.idleLots(at: now.nanoseconds))
        guard let command = census.commandIfDue(at: now) else { return }
        send(command) { [weak self] result in
            guard let self, case .success(.integer(let answer)) = result, census.counted(answer) else { return }
            // A share is the old one until the new one is in force; it cannot be refused.
            try? fallback.share(among: census.count)
        }
    }

    private func send(_ words: [String], completion: @escaping (Result<RESPValue, RedisError>) -> Void) {
        var writer = RequestWriter()
        writer.words(words)
        lane.send(writer.buffer, slot: slot, deadline: lane.eventLoop.now + timeAmount, completion: completion)
    }
}
