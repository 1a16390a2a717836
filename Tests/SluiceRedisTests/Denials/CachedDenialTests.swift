import Sluice
import SluiceRedis
import SluiceTesting
import Testing

@Suite("A denial that is remembered")
struct CachedDenialTests {
    private static let second: Int64 = 1_000_000_000
    private static let now = 1_700_000_000 * second

    /// Uses rules up and tells what is kept of the denial that follows, sent and received at these offsets.
    private func kept(
        _ rules: [Rule], cost: Int64 = 1, sent: Int64 = 0, received: Int64 = 0, attempts: Int = 64
    ) throws -> (denial: Denial, cached: CachedDenial?) {
        let limiter = try Limiter([Policy("p", rules: rules)])
        let plan = try limiter.policy("p").plan([:], cost: cost)
        for _ in 0..<attempts {
            let decision = try limiter.decide("p", [:], cost: cost, at: Timestamp(nanoseconds: Self.now))
            guard case .denied(let denial) = decision else { continue }
            // The charges point into what the plan keeps.
            let cached = withExtendedLifetime(plan) {
                CachedDenial(
                    denial, of: plan.charges, sentAt: Self.now + sent, receivedAt: Self.now + received, sequence: 9)
            }
            return (denial, cached)
        }
        throw NotDenied()
    }

    private struct NotDenied: Error {}

    @Test("denies from when it was sent, tells from when it came, and is believed for five seconds at most")
    func moments() throws {
        let bucket = Rule("r", .tokenBucket(1, per: .seconds(2)))
        let short = try #require(try kept([bucket], sent: -300, received: 500).cached)
        #expect(short.endsAt == Self.now + 2 * Self.second - 300)
        #expect(short.passesAt == Self.now + 2 * Self.second + 500)
        #expect(short.resetsAt == Self.now + 2 * Self.second + 500)
        #expect(short.limit == 1 && short.sequence == 9 && short.rule == "r" && short.reason == .limited)
        let long = try #require(try kept([Rule("r", .cooldown(.hours(1)))], sent: -300, received: 500).cached)
        #expect(long.endsAt == Self.now + 5 * Self.second - 300)
        #expect(long.passesAt == Self.now + 3_600 * Self.second + 500)
    }

    @Test("is not kept when it has ended before it came")
    func late() throws {
        let bucket = Rule("r", .tokenBucket(1, per: .milliseconds(1)))
        #expect(try kept([bucket], sent: 0, received: 1_000_000).cached == nil)
        #expect(try kept([bucket], sent: 0, received: 999_999).cached != nil)
    }

    @Test("is kept of every limit that only time frees", arguments: Limit.Algorithm.allCases)
    func algorithms(_ algorithm: Limit.Algorithm) throws {
        let limits: [Limit.Algorithm: Limit] = [
            .tokenBucket: .tokenBucket(2, per: .seconds(1)), .slidingLog: .slidingLog(2, per: .seconds(1)),
            .slidingWindow: .slidingWindow(2, per: .seconds(1)), .fixedWindow: .fixedWindow(2, per: .seconds(1)),
            .quota: .quota(2, per: .day), .cooldown: .cooldown(.seconds(1)), .debounce: .debounce(.seconds(1)),
        ]
        guard let limit = limits[algorithm] else { return }
        #expect(try kept([Rule("r", limit)]).cached != nil)
    }

    @Test("is not kept when the store might say something else, or learns from being asked")
    func notKept() throws {
        let bucket = Limit.tokenBucket(5, per: .seconds(10))
        let freed = [Rule("r", .cooldown(.seconds(1))), Rule("busy", .concurrency(9))]
        #expect(try kept(freed).cached == nil, "a slot may be released at any time")
        #expect(try kept([Rule("r", .debounce(.seconds(1), extend: true))]).cached == nil, "each repeat counts")
        #expect(try kept([Rule("r", bucket)], cost: 2).cached == nil, "one may remain for others")
        #expect(try kept([Rule("r", bucket, cost: 3)]).cached == nil, "one may remain for others")
        #expect(try kept([Rule("r", bucket)], cost: 9).cached == nil, "it never passes")
        #expect(try kept([Rule("r", bucket, penalty: .shrink(after: 3))]).cached == nil, "denials are counted")
        #expect(try kept([Rule("r", bucket, penalty: .ban(.hours(1), after: 3))]).cached == nil, "denials are counted")
        let shadow = Rule("trial", .cooldown(.seconds(1)), mode: .shadow)
        #expect(try kept([shadow, Rule("r", bucket)]).cached == nil, "the trial may end earlier")
    }

    @Test("is kept of a ban that outlasts its limit, and of no other")
    func bans() throws {
        let bucket = Limit.tokenBucket(5, per: .seconds(10))
        let long = try kept([Rule("r", bucket, penalty: .ban(.seconds(20)))])
        #expect(long.denial.reason == .banned)
        #expect(long.cached?.reason == .banned)
        #expect(try kept([Rule("r", bucket, penalty: .ban(.seconds(1)))]).cached == nil)
        let quota = Rule("r", .quota(5, per: .day), penalty: .ban(.hours(100)))
        #expect(try kept([quota]).cached == nil)
        let two = [
            Rule("a", bucket, penalty: .ban(.seconds(20))), Rule("b", bucket, penalty: .ban(.seconds(20), after: 3)),
        ]
        #expect(try kept(two).cached == nil, "the other rule still counts")
    }

    @Test("and marked as degraded is not kept")
    func degraded() throws {
        var denial = try kept([Rule("r", .cooldown(.seconds(1)))]).denial
        denial.isDegraded = true
        #expect(CachedDenial(denial, of: [], sentAt: 0, receivedAt: 0, sequence: 0) == nil)
    }

    @Test("names requests by their cells and the order of them")
    func requestKeys() {
        var random = SplitMix64(seed: 1)
        let cells = (0..<50).map { _ in CellKey(high: random.next(), low: random.next()) }
        func key(_ cells: [CellKey]) -> CellKey {
            var request = RequestKey()
            for cell in cells { request.add(cell) }
            return request.key
        }
        #expect(key([cells[3]]) == cells[3])
        var seen: Set<CellKey> = Set(cells)
        for a in cells { for b in cells { #expect(seen.insert(key([a, b])).inserted) } }
    }
}
