import SluiceTesting
import Testing

@testable import Sluice

@Suite("Decisions that are watched")
struct DecisionWatchTests {
    private static let policies = [
        Policy("plain") { Rule("only", by: .user, .tokenBucket(1, per: .seconds(10))) },
        Policy("several", deny: [["user": "mallory"]]) {
            Rule("pair", by: .user, .text, .tokenBucket(1, per: .seconds(10)))
            Rule("all", by: [], .fixedWindow(100, per: .seconds(10)))
        },
    ]

    private static let now = Timestamp(seconds: 1_700_000_000)

    @Test("are told to who has subscribed, as they are made, and to nobody before and after")
    func subscription() throws {
        let limiter = try Limiter(Self.policies)
        let watch = limiter.store.watch
        _ = try limiter.decide("plain", [.user: "a"], at: Self.now)
        let all = watch.subscribe(EventFilter(outcomes: Set(CountedOutcome.allCases)))
        let denied = watch.subscribe(EventFilter(outcomes: [.denied]))
        watch.keepDenials(namingCallers: true)
        _ = try limiter.decide("plain", [.user: "a"], at: Self.now)
        _ = try limiter.decide("plain", [.user: "b"], at: Self.now)
        _ = try limiter.peek("plain", [.user: "b"], at: Self.now)
        _ = try limiter.decide("several", [.user: "c", .text: "hi"], at: Self.now)
        _ = try limiter.decide("several", [.user: "mallory"], at: Self.now)
        let events = all.take().events
        #expect(events.map(\.outcome) == [.denied, .allowed, .allowed, .denied])
        #expect(events.map(\.caller) == ["user=a", "user=b", "user=c text=hi", "user=mallory"])
        #expect(events.map(\.rule) == ["only", "only", "pair", ""])
        #expect(events[0].limit == 1 && events[0].remaining == 0 && events[0].retryAfter == .seconds(10))
        #expect(events[3].limit == nil && events[3].retryAfter == nil)
        #expect(denied.take().events.map(\.caller) == ["user=a", "user=mallory"])
        watch.unsubscribe(all)
        _ = try limiter.decide("plain", [.user: "d"], at: Self.now)
        #expect(all.take().events.isEmpty)
    }

    @Test("are told by hashes unless callers are to be named")
    func hashes() throws {
        let limiter = try Limiter(Self.policies)
        limiter.store.watch.keepDenials(namingCallers: false)
        for _ in 0..<3 { _ = try limiter.decide("plain", [.user: "somebody"], at: Self.now) }
        let (callers, total) = limiter.store.mostDenied(at: Self.now)
        #expect(total == 2 && callers.count == 1)
        #expect(callers[0].policy == "plain" && callers[0].rule == "only" && callers[0].denied == 2)
        #expect(callers[0].caller.count == 16 && callers[0].caller.allSatisfy(\.isHexDigit))
        #expect(limiter.store.watch.recentDenials.map(\.caller) == [callers[0].caller, callers[0].caller])
    }

    @Test("are lost, and counted as lost, by who does not take them")
    func lost() throws {
        let limiter = try Limiter(Self.policies)
        let all = limiter.store.watch.subscribe(EventFilter(policy: "plain", outcomes: [.allowed, .denied]))
        for user in 0..<2_000 { _ = try limiter.decide("plain", [.user: "\(user)"], at: Self.now) }
        let (events, lost) = all.take()
        #expect(events.count == EventSubscription.capacity && lost == 2_000 - EventSubscription.capacity)
        #expect(all.take().events.isEmpty)
    }

    @Test("of a flood, the first denials of each tenth of a second are kept, and no more than a thousand")
    func recent() throws {
        let limiter = try Limiter(Self.policies)
        limiter.store.watch.keepDenials(namingCallers: true)
        for slice in 0..<40 {
            for _ in 0..<100 {
                _ = try limiter.decide("plain", [.user: "a"], at: Self.now + .milliseconds(100 * slice))
            }
        }
        let recent = limiter.store.watch.recentDenials
        #expect(recent.count == DecisionWatch.recentCapacity)
        #expect(recent.map(\.time) == recent.map(\.time).sorted())
        #expect(recent.last?.time == Self.now + .milliseconds(3_900))
        #expect(recent.count { $0.time == Self.now + .milliseconds(3_900) } == 64)
    }

    @Test("filters tell policy, rule, outcome and the beginning of a caller apart")
    func filters() {
        let event = DecisionEvent(
            time: Self.now, policy: "p", rule: "r", outcome: .denied, caller: "user=42", cost: 1, isDegraded: false)
        func accepts(_ filter: EventFilter) -> Bool { filter.accepts(event) }
        #expect(accepts(EventFilter(outcomes: [.denied])))
        #expect(accepts(EventFilter(policy: "p", rule: "r", outcomes: [.denied], callerPrefix: "user=4")))
        #expect(!accepts(EventFilter(outcomes: [.allowed])))
        #expect(!accepts(EventFilter(policy: "q", outcomes: [.denied])))
        #expect(!accepts(EventFilter(rule: "s", outcomes: [.denied])))
        #expect(!accepts(EventFilter(outcomes: [.denied], callerPrefix: "user=5")))
    }

    @Test("leases held are counted by rule until they are given back or run out")
    func leases() throws {
        let time = ManualTime(at: Self.now)
        let limiter = try Limiter(
            [Policy("busy") { Rule("slots", .concurrency(5, lease: .seconds(30))) }], time: .provided(by: time))
        func slots() -> [Int64] { limiter.heldSlots.map(\.slots) }
        let first = try #require(try limiter.acquire("busy", [:]).lease)
        let second = try #require(try limiter.acquire("busy", [:], cost: 2).lease)
        #expect(slots() == [3])
        #expect(limiter.release(first))
        #expect(slots() == [2])
        time.advance(by: .seconds(20))
        #expect(limiter.renew(second))
        time.advance(by: .seconds(20))
        #expect(slots() == [2])
        time.advance(by: .seconds(20))
        #expect(slots() == [])
    }

    @Test("a full store counts what it dropped and whom it had no room for")
    func fullStore() throws {
        let limiter = try Limiter(
            [Policy("p") { Rule("r", by: .user, .tokenBucket(2, per: .hours(1))) }],
            store: MemoryStore(capacity: 64))
        for user in 0..<1_000 { _ = try limiter.decide("p", [.user: "\(user)"], at: Self.now) }
        #expect(limiter.store.droppedCells > 0)
        for user in 0..<1_000 { for _ in 0..<3 { _ = try limiter.decide("p", [.user: "\(user)"], at: Self.now) } }
        #expect(limiter.store.fullDenials > 0)
    }
}
