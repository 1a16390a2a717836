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
    private weak var limiter: SharedLimiter?
    private var task: RepeatedTask?
    private var isStopped = false
    /// Whether it was ended in good order, after which the event loop may be gone.
    private let hasEnded = Atomic<Bool>(false)

    init(_ store: RedisStore, _ lane: RedisLane, time: TimeSource) {
        self.lane = lane
        self.time = time
        timeAmount = store.timeAmount
        census = InstanceCensus(prefix: store.prefix, name: .random(in: .min ... .max), at: time.now())
        slot = HashSlot(key: census.keyName)
    }

    func begin(for limiter: SharedLimiter) {
        self.limiter = limiter
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
        guard let limiter else { return end() }
        let now = time.now()
        limiter.giveBack(limiter.lots.idleLots(at: now.nanoseconds))
        guard let command = census.commandIfDue(at: now) else { return }
        send(command) { [weak self] result in
            guard let self, case .success(.integer(let answer)) = result, census.counted(answer) else { return }
            // A share is the old one until the new one is in force; it cannot be refused.
            try? self.limiter?.fallback.share(among: census.count)
        }
    }

    private func send(_ words: [String], completion: @escaping (Result<RESPValue, RedisError>) -> Void) {
        var writer = RequestWriter()
        writer.words(words)
        lane.send(writer.buffer, slot: slot, deadline: .now() + timeAmount, completion: completion)
    }
}
