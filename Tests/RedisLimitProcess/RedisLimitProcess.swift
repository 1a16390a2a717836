import Foundation
import LimitProcesses
import Logging
import NIOPosix
import RESP
import RedisServers
import Sluice
import SluiceRedis

/// A process that asks a limit on Redis as fast as it can, under a clock that may be wrong, and tells what was
/// admitted.
@main
struct RedisLimitProcess {
    /// The machine's clock, minutes off.
    private struct WrongTime: TimeProvider {
        let system = TimeSource.system
        let offsetNanoseconds: Int64

        func now() -> Timestamp { Timestamp(nanoseconds: system.now().nanoseconds + offsetNanoseconds) }

        func sleep(until moment: Timestamp) async throws {
            try await system.sleep(until: Timestamp(nanoseconds: moment.nanoseconds - offsetNanoseconds))
        }
    }

    static func main() async throws {
        let order = try JSONDecoder().decode(LimitOrder.self, from: Data(CommandLine.arguments[1].utf8))
        var store = try order.isCluster ? RedisStore(cluster: order.url) : RedisStore(order.url)
        store.prefix = order.prefix
        store.secret = "shared by all"
        // What is counted here is decisions of Redis: a busy machine may take its time.
        store.redis.commandTimeout = .seconds(20)
        store.redis.connectTimeout = .seconds(20)
        let wrong = WrongTime(offsetNanoseconds: order.clockOffsetMinutes * 60_000_000_000)
        let limiter = try SharedLimiter(
            [policy(order)], store: store, time: .provided(by: wrong),
            logger: Logger(label: "limit") { _ in SwiftLogNoOpLogHandler() })
        let end = steadyNanoseconds() + order.milliseconds * 1_000_000
        let outcome = try await withThrowingTaskGroup(of: LimitOutcome.self) { group in
            for worker in 0..<order.concurrency {
                let share = order.decisions / order.concurrency + (worker < order.decisions % order.concurrency ? 1 : 0)
                group.addTask { try await ask(limiter, share, until: end) }
            }
            var total = LimitOutcome()
            for try await part in group { total.add(part) }
            return total
        }
        await limiter.shutDown()
        try JSONEncoder().encode(outcome).write(to: URL(fileURLWithPath: order.outcomeFile), options: .atomic)
    }

    private static func policy(_ order: LimitOrder) -> Policy {
        let period = Duration.milliseconds(order.periodMilliseconds)
        let limit: Limit =
            switch Limit.Algorithm(rawValue: order.algorithm) {
            case .tokenBucket, nil: .tokenBucket(order.count, per: period)
            case .slidingLog: .slidingLog(order.count, per: period)
            case .slidingWindow: .slidingWindow(order.count, per: period)
            case .fixedWindow: .fixedWindow(order.count, per: period)
            case .quota: .quota(order.count, per: .day, in: order.timeZone)
            case .cooldown: .cooldown(period)
            case .debounce: .debounce(period)
            case .concurrency: .concurrency(order.count, lease: period)
            case .unlimited: .unlimited
            }
        let penalty = order.isPenal ? Penalty.ban(.hours(1), after: 20, within: .minutes(1)) : nil
        let rule = Rule(
            "shared", by: [.user, .text], limit, penalty: penalty,
            borrow: order.borrowed > 0 ? .units(order.borrowed) : nil)
        return Policy("shared", rules: [rule], onStoreFailure: .deny)
    }

    private static func ask(_ limiter: SharedLimiter, _ decisions: Int, until end: Int64) async throws -> LimitOutcome {
        var outcome = LimitOutcome()
        let policy = try limiter.policy("shared")
        let descriptor: Descriptor = [.user: "everybody", .text: "the same"]
        let holds = policy.policy.rules.contains { $0.limit.algorithm == .concurrency }
        for _ in 0..<decisions {
            let called = steadyNanoseconds()
            guard called < end else { break }
            let decision = try await holds ? policy.acquire(descriptor).decision : policy.decide(descriptor)
            if decision.isDegraded {
                outcome.degraded += 1
            } else if decision.isAllowed {
                outcome.admissions.append(
                    Admission(calledNanoseconds: called, answeredNanoseconds: steadyNanoseconds()))
            } else {
                outcome.denied += 1
                // Denials are answered from memory: leave the other processes a core.
                await Task.yield()
            }
        }
        return outcome
    }
}
