import Logging
import NIOCore
import RESP
import RedisServers
import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceRedis

/// Requests that wait together go with one call; each must be told what it would have been told alone.
@Suite("Calls of many requests")
struct BatchTests {
    /// Submits all in one turn of the event loop and waits for the answers.
    private func decide(
        _ requests: [TraceRequest], on limiter: SharedLimiter
    ) async throws -> [Result<SharedAnswer, SluiceError>] {
        let plans = try requests.map { request in
            try limiter.planner.policy(request.policy).plan(request.descriptor, cost: request.cost)
        }
        let answers = Mutex<[Int: Result<SharedAnswer, SluiceError>]>([:])
        await withCheckedContinuation { continuation in
            let countdown = Countdown(from: plans.count) { continuation.resume() }
            let lane = limiter.lanes[0]
            lane.eventLoop.execute {
                for (index, plan) in plans.enumerated() {
                    let known = limiter.ask(plan, .decide(isObserved: false), on: lane.eventLoop) { answer in
                        answers.withLock { $0[index] = answer }
                        countdown.count()
                    }
                    guard let known else { continue }
                    answers.withLock { $0[index] = .success(known) }
                    countdown.count()
                }
            }
        }
        return answers.withLock { answers in (0..<plans.count).map { answers[$0]! } }
    }

    @Test("are decided in turn, as memory decides them one by one", arguments: [UInt64](9_000..<9_040))
    func batches(seed: UInt64) async throws {
        var generator = TraceGenerator(seed: seed, resolution: .milliseconds(1))
        var strict = generator.policy(named: "one")
        strict.isStrict = false
        let policies = [
            strict, generator.punishingPolicy(named: "two"), generator.singlePolicy(.tokenBucket),
        ]
        let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_000_123))
        var store = try RedisStore(await RedisServer.shared().url)
        store.prefix = "batch-\(seed)"
        store.testTime = time
        store.rememberedDenials = 0
        store.redis.commandTimeout = .seconds(20)
        let shared = try SharedLimiter(
            policies, store: store, time: .provided(by: time),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let memory = try Limiter(policies, time: .provided(by: time))
        var sizes = SplitMix64(seed: seed)
        var size = Int.random(in: 1...150, using: &sizes)
        var batch: [TraceRequest] = []
        for step in generator.trace(over: policies, length: 1_500) {
            switch step {
            case .decide(let request): batch.append(request)
            case .wait(let span) where batch.count >= size:
                let expected = try batch.map { try memory.decide($0.policy, $0.descriptor, cost: $0.cost) }
                let answers = try await decide(batch, on: shared)
                for (index, answer) in answers.enumerated() {
                    let decision = try answer.get().decision
                    try #require(decision == expected[index], "seed \(seed), request \(index): \(batch[index])")
                }
                batch = []
                size = Int.random(in: 1...150, using: &sizes)
                time.advance(by: .nanoseconds(min(span, 3_600_000_000_000)))
            default: break
            }
        }
        await shared.shutDown()
    }
}
