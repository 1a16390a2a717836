import Sluice
import SluiceTesting
import Synchronization
import Testing

/// Many threads at one instant: what is admitted is counted exactly, whatever the interleaving.
///
/// Time stands still, so no refill blurs the count. The thread sanitizer runs these too.
@Suite("Decisions on many threads")
struct ConcurrentDecisionTests {
    static let now = Timestamp(nanoseconds: 1_700_000_001_234_567_890)
    static let threads = 8

    static let limits: [Limit] = [
        .tokenBucket(500, per: .hours(1)), .slidingLog(500, per: .hours(1)), .slidingWindow(500, per: .hours(1)),
        .fixedWindow(500, per: .hours(1)), .quota(500, per: .day), .cooldown(.hours(1)), .debounce(.hours(1)),
        .debounce(.hours(1), extend: true),
    ]

    @Test("Exactly the limit is admitted, of one key and of each of many", arguments: limits)
    func exactly(limit: Limit) throws {
        let capacity = limit.algorithm == .cooldown || limit.algorithm == .debounce ? 1 : limit.count
        let limiter = try Limiter([Policy("p", rules: [Rule("r", by: .user, limit)])])
        let handle = try limiter.policy("p")
        let admitted = (0..<8).map { _ in Counter() }
        onThreads(Self.threads) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            for _ in 0..<4_000 {
                let user = Int(random.number(in: 0...7))
                if try! handle.decide("\(user)", at: Self.now).isAllowed { admitted[user].add(1) }
            }
        }
        for (user, counter) in admitted.enumerated() {
            // Each user asks some 4,000 times, eight times its limit.
            #expect(counter.value == capacity, "user \(user)")
        }
    }

    @Test("Costs that differ never add up to more than the limit")
    func costs() throws {
        let limiter = try Limiter([Policy("p", rules: [Rule("r", .tokenBucket(10_000, per: .hours(1)))])])
        let charged = Counter()
        onThreads(Self.threads) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            for _ in 0..<3_000 {
                let cost = random.number(in: 1...7)
                if try! limiter.decide("p", [:], cost: cost, at: Self.now).isAllowed { charged.add(cost) }
            }
            while try! limiter.decide("p", [:], at: Self.now).isAllowed { charged.add(1) }
        }
        #expect(charged.value == 10_000)
    }

    @Test("Several rules are charged together or not at all, in whatever order their shards are")
    func severalRules() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule("user", by: .user, .fixedWindow(100, per: .hours(1)))
                Rule("chat", by: .chat, .slidingLog(150, per: .hours(1)))
                Rule("pair", by: .user, .chat, .tokenBucket(40, per: .hours(1)))
                Rule("all", .slidingWindow(600, per: .hours(1)))
            }
        }
        let users = (0..<10).map { _ in Counter() }
        let chats = (0..<6).map { _ in Counter() }
        onThreads(Self.threads) { thread in
            var random = SplitMix64(seed: UInt64(thread) + 100)
            for _ in 0..<3_000 {
                let (user, chat) = (Int(random.number(in: 0...9)), Int(random.number(in: 0...5)))
                let descriptor: Descriptor = [.user: "\(user)", .chat: "\(chat)"]
                if try! limiter.decide("p", descriptor, at: Self.now).isAllowed {
                    users[user].add(1)
                    chats[chat].add(1)
                }
            }
        }
        let total = users.reduce(0) { $0 + $1.value }
        #expect(total == 600)
        for user in 0..<10 {
            for chat in 0..<6 {
                let descriptor: Descriptor = [.user: "\(user)", .chat: "\(chat)"]
                let rules = try limiter.explain("p", descriptor, charging: false, at: Self.now).rules
                // What each rule has counted is what was admitted: a denial has charged none of them.
                #expect(rules[0].decision.remaining == 100 - users[user].value)
                #expect(rules[1].decision.remaining == 150 - chats[chat].value)
            }
        }
    }

    @Test("Leases taken and released on many threads never exceed the limit and all come back")
    func leases() throws {
        let limiter = try Limiter([Policy("p", rules: [Rule("slots", .concurrency(5, lease: .hours(1)))])])
        let held = Counter()
        let most = Counter()
        onThreads(Self.threads) { _ in
            for _ in 0..<1_000 {
                guard let lease = try! limiter.acquire("p", [:], at: Self.now).lease else { continue }
                most.raise(to: held.add(1))
                held.add(-1)
                #expect(limiter.release(lease, at: Self.now))
            }
        }
        #expect(most.value <= 5 && most.value > 0)
        #expect(try limiter.peek("p", [:], at: Self.now).remaining == 5)
    }

    @Test("Growth, expiry and reclaiming under way lose no charge")
    func growth() throws {
        let limiter = try Limiter([Policy("p", rules: [Rule("r", by: .user, .slidingLog(2, per: .seconds(10)))])])
        let handle = try limiter.policy("p")
        for round in 0..<3 {
            let now = Self.now + .seconds(20 * round)
            let admitted = Counter()
            onThreads(Self.threads) { thread in
                // Every key is asked by two threads, twice each.
                for user in 0..<4_000 {
                    for _ in 0..<2 where try! handle.decide("\(round)-\(user)-\(thread / 2)", at: now).isAllowed {
                        admitted.add(1)
                    }
                    if user % 512 == 0 { limiter.store.sweep(budget: 4_096, at: now) }
                }
            }
            #expect(admitted.value == Int64(4_000 * 4 * 2), "round \(round)")
        }
        for _ in 0..<200 { limiter.store.sweep(budget: 100_000, at: Self.now + .hours(1)) }
        #expect(limiter.store.count == 0)
    }

    @Test("A reload under load keeps what was used")
    func reload() throws {
        @Sendable func policies(_ count: Int64) -> [Policy] {
            [Policy("p", rules: [Rule("r", by: .user, .fixedWindow(count, per: .hours(1)))])]
        }
        let limiter = try Limiter(policies(1_000))
        let handle = try limiter.policy("p")
        let admitted = Counter()
        onThreads(Self.threads) { thread in
            if thread == 0 {
                for round in 0..<100 { try! limiter.replacePolicies(with: policies(1_000 + Int64(round % 2))) }
                try! limiter.replacePolicies(with: policies(1_000))
            }
            for _ in 0..<2_000 where try! handle.decide("1", at: Self.now).isAllowed { admitted.add(1) }
        }
        // 1,001 while the larger limit was in force, 1,000 else.
        #expect((1_000...1_001).contains(admitted.value))
    }
}

/// A number that threads change together.
final class Counter: Sendable {
    private let number = Atomic<Int64>(0)

    var value: Int64 { number.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add(_ amount: Int64) -> Int64 {
        number.add(amount, ordering: .sequentiallyConsistent).newValue
    }

    func raise(to value: Int64) { _ = number.max(value, ordering: .sequentiallyConsistent) }
}
