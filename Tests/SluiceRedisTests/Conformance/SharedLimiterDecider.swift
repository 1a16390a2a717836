import Logging
import NIOPosix
import RESP
import Sluice
import SluiceRedis
import SluiceTesting
import Synchronization

/// A limiter on Redis as the conformance suite sees it, on a time that the suite moves.
///
/// The script is told the moment instead of asking Redis. Cells are kept by Redis's own clock, for longer than needed
/// whenever the suite leaps ahead; that they are over is for the script to see.
struct SharedLimiterDecider: Decider {
    private static let count = Atomic<Int>(0)

    let limiter: SharedLimiter
    private let time: ManualTime

    /// A limiter whose cells nobody else has.
    init(_ policies: [Policy], on store: RedisStore, rememberingDenials: Bool) throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        var store = store
        store.prefix = "conformance-\(number)"
        store.redis.commandTimeout = .seconds(20)
        store.rememberedDenials = rememberingDenials ? 512 : 0
        time = ManualTime(at: Timestamp(milliseconds: 1_700_000_000_123))
        store.testTime = time
        limiter = try SharedLimiter(
            policies, store: store, time: .provided(by: time),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var resolution: Duration { .microseconds(1) }
    var start: Timestamp { Timestamp(milliseconds: 1_700_000_000_123) }

    func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        time.set(to: moment)
        return try await limiter.decide(policy, descriptor, cost: cost)
    }

    func peek(_ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp) async throws -> Decision {
        time.set(to: moment)
        return try await limiter.peek(policy, descriptor, cost: cost)
    }

    func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        time.set(to: moment)
        return try await limiter.refund(policy, descriptor, cost: cost)
    }

    func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64, at moment: Timestamp
    ) async throws -> Decision {
        time.set(to: moment)
        return try await limiter.settle(policy, descriptor, estimate: estimate, actual: actual)
    }

    func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration, at moment: Timestamp
    ) async throws {
        time.set(to: moment)
        try await limiter.hold(policy, rule: rule, descriptor, for: duration)
    }

    func lift(_ policy: String, rule: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        time.set(to: moment)
        try await limiter.lift(policy, rule: rule, descriptor)
    }

    func reset(_ policy: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        time.set(to: moment)
        try await limiter.reset(policy, descriptor)
    }

    func acquire(
        _ policy: String, _ descriptor: Descriptor, at moment: Timestamp
    ) async throws -> (decision: Decision, lease: Lease?) {
        time.set(to: moment)
        return try await limiter.acquire(policy, descriptor)
    }

    func renew(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        time.set(to: moment)
        return try await limiter.renew(lease)
    }

    func release(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        time.set(to: moment)
        return try await limiter.release(lease)
    }

    func replacePolicies(with policies: [Policy]) async throws {
        try limiter.replacePolicies(with: policies)
    }
}
