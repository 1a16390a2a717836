import RedisServers
import Sluice
import SluiceRedis
import Testing

/// Asks a limiter for everything that it can do, and expects that Redis does it.
struct EveryOperation {
    static let policies = [
        Policy("all") {
            Rule("bucket", by: .user, .tokenBucket(100, per: .hours(1)), penalty: .ban(.minutes(1)))
            Rule("log", by: .user, .slidingLog(90, per: .hours(1)))
            Rule("window", by: .chat, .slidingWindow(1_000, per: .hours(1)))
            Rule("fixed", by: .user, .chat, .fixedWindow(1_000, per: .hours(1)))
            Rule("daily", by: .chat, .quota(1_000, per: .day))
        },
        Policy("rest") {
            Rule("rest", by: .user, .cooldown(.hours(1)))
            Rule("repeats", by: .text, .debounce(.hours(1), extend: true))
        },
        Policy("work") { Rule("busy", by: .chat, .concurrency(2, lease: .minutes(5))) },
        Policy("hot") { Rule("hot", .tokenBucket(100_000, per: .seconds(10)), borrow: .units(50)) },
    ]

    let limiter: SharedLimiter

    /// Decides, charges, gives back, forgets and borrows for one user.
    func run(user: String) async throws {
        let who: Descriptor = [.user: user, .chat: "chat-\(user)", .text: "hello \(user)"]
        for remaining in [89, 88] as [Int64] {
            let decision = try await limiter.decide("all", who)
            #expect(decision.isAllowed && !decision.isDegraded && decision.remaining == remaining, "\(decision)")
        }
        #expect(try await limiter.refund("all", who).remaining == 89)
        #expect(try await limiter.peek("all", who).remaining == 89)
        let (explained, rules) = try await limiter.explain("all", who)
        #expect(!explained.isDegraded && rules.count == 5)
        let tooMuch = try await limiter.decide("all", who, cost: 95)
        #expect(!tooMuch.isAllowed && !tooMuch.isDegraded)
        try await limiter.reset("all", who)
        #expect(try await limiter.peek("all", who).remaining == 90)
        for isAllowed in [true, false] {
            let decision = try await limiter.decide("rest", who)
            #expect(decision.isAllowed == isAllowed && !decision.isDegraded, "\(decision)")
        }
        try await holdLeases(who)
    }

    private func holdLeases(_ who: Descriptor) async throws {
        let (decision, lease) = try await limiter.acquire("work", who)
        #expect(!decision.isDegraded)
        let held = try #require(lease)
        #expect(try await limiter.renew(held))
        #expect(try await limiter.release(held))
        #expect(try await limiter.release(held) == false)
    }

    /// Spends what was borrowed until Redis has lent some, which takes fewer calls than decisions.
    func borrow(calls: () async throws -> Int) async throws {
        try await eventually("decisions are made on borrowed units") {
            let before = try await calls()
            for _ in 0..<40 {
                let decision = try await limiter.decide("hot", [:])
                #expect(decision.isAllowed && !decision.isDegraded)
            }
            return try await calls() - before < 30
        }
    }
}
