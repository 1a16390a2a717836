import Sluice
import SluiceTesting
import Testing

@Suite("A full store")
struct FullStoreTests {
    private let time = ManualTime()

    private func limiter(capacity: Int) throws -> Limiter {
        // A secret of its own, so that callers fall into the same tables each time: some are full before others.
        try Limiter(store: MemoryStore(holding: capacity, secret: (1, 2)), time: .provided(by: time)) {
            Policy("strict") { Rule("one", by: .user, .tokenBucket(1, per: .hours(1))) }
            Policy("roomy") { Rule("many", by: .user, .tokenBucket(100, per: .hours(1))) }
        }
    }

    @Test("never frees a caller who is being limited, however many others come")
    func limitedStay() throws {
        let limiter = try limiter(capacity: 6_400)
        for user in 0..<200 { #expect(try limiter.decide("strict", [.user: "limited \(user)"]).isAllowed) }
        for user in 0..<50_000 { _ = try limiter.decide("roomy", [.user: "other \(user)"]) }
        #expect(limiter.store.count <= 6_400)
        for user in 0..<200 { #expect(try !limiter.decide("strict", [.user: "limited \(user)"]).isAllowed) }
    }

    @Test("denies a new caller when all others are being limited, and says when to come back")
    func denies() throws {
        let limiter = try limiter(capacity: 640)
        var refused = 0
        for user in 0..<5_000 {
            guard case .denied(let denial) = try limiter.decide("strict", [.user: "\(user)"]) else { continue }
            #expect(denial.reason == .storeFull)
            let retryAfter = try #require(denial.retryAfter)
            #expect(retryAfter > .zero && retryAfter <= .hours(1))
            refused += 1
        }
        #expect(refused >= 5_000 - 640)
        #expect(limiter.store.count <= 640)
    }

    @Test("takes new callers again once the old ones have expired")
    func reclaims() throws {
        let limiter = try limiter(capacity: 640)
        for user in 0..<5_000 { _ = try limiter.decide("strict", [.user: "\(user)"]) }
        time.advance(by: .hours(2))
        let allowed = try (0..<500).count { try limiter.decide("strict", [.user: "new \($0)"]).isAllowed }
        #expect(allowed >= 430)
    }

    @Test("gives memory back when the callers have gone")
    func shrinks() throws {
        let limiter = try limiter(capacity: 1 << 20)
        for user in 0..<100_000 { _ = try limiter.decide("strict", [.user: "\(user)"]) }
        let full = limiter.store.bytes
        time.advance(by: .hours(2))
        for _ in 0..<100 { limiter.store.sweep(budget: 100_000, at: time.now()) }
        #expect(limiter.store.count == 0)
        #expect(limiter.store.bytes < full / 10)
        #expect(try limiter.decide("strict", [.user: "1"]).isAllowed)
    }
}
