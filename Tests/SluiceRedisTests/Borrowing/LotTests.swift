import Sluice
import Testing

@testable import SluiceRedis

@Suite("A lot")
struct LotTests {
    private static let key = CellKey(high: 1, low: 1)
    private static let start: Int64 = 1_700_000_000_000_000_000
    private static let second: Int64 = 1_000_000_000

    private func terms(_ limit: Limit) throws -> BorrowTerms {
        try #require(try BorrowTerms(.auto, limit))
    }

    private func grant(_ units: Int64, sent: Int64 = 0, received: Int64 = 0, reset: Int64 = 0) -> LotGrant {
        LotGrant(
            units: units, sentAt: Self.start + sent, receivedAt: Self.start + received,
            storeMicroseconds: 5_000_000 + sent / 1_000, remaining: 50, resetAfterNanoseconds: reset)
    }

    @Test("of a bucket evaporates from when it was asked for, as the bucket refills, and a thousandth faster")
    func evaporates() throws {
        let terms = try terms(.tokenBucket(10, per: .seconds(10), burst: 100))
        var lot = Lot()
        lot.add(grant(10, received: Self.second / 2), on: terms)
        for (milliseconds, held) in [(0, 9), (900, 9), (1_000, 8), (5_000, 4), (8_980, 1), (9_000, 0), (60_000, 0)] {
            #expect(lot.held(at: Self.start + Int64(milliseconds) * 1_000_000, on: terms) == held)
        }
    }

    @Test("of a bucket keeps what it has while what was spent of it drains")
    func drains() throws {
        let terms = try terms(.tokenBucket(10, per: .seconds(10), burst: 100))
        var lot = Lot()
        lot.add(grant(10), on: terms)
        _ = lot.spend(6, at: Self.start, on: terms)
        #expect(lot.held(at: Self.start + 5 * Self.second, on: terms) == 3)
        #expect(lot.held(at: Self.start + 8 * Self.second, on: terms) == 1)
        let tooMany = lot.spend(5, at: Self.start + Self.second, on: terms)
        #expect(tooMany == nil)
    }

    @Test("takes back what was spent, as far as it has not drained since")
    func refunds() throws {
        let terms = try terms(.tokenBucket(10, per: .seconds(10), burst: 100))
        var lot = Lot()
        lot.add(grant(10), on: terms)
        _ = lot.spend(6, at: Self.start, on: terms)
        var late = lot
        let returned = (0..<2).map { _ in late.refund(6, at: Self.start + 4 * Self.second, on: terms) }
        #expect(returned == [2, 0])
        let atOnce = lot.refund(2, at: Self.start, on: terms)
        #expect(atOnce == 2)
        #expect(lot.held(at: Self.start, on: terms) == 5)
    }

    @Test("of a window keeps its worth until the window ends, and takes back what was spent in it")
    func windows() throws {
        let terms = try terms(.fixedWindow(100, per: .seconds(10)))
        var lot = Lot()
        lot.add(grant(10, received: 7, reset: 4 * Self.second), on: terms)
        #expect(lot.held(at: Self.start + 3 * Self.second, on: terms) == 10)
        _ = lot.spend(6, at: Self.start, on: terms)
        let returned = lot.refund(9, at: Self.start, on: terms)
        #expect(returned == 6)
        #expect(lot.held(at: Self.start + 4 * Self.second - 3_000_000, on: terms) == 0, "a thousandth early")
        let late = lot.refund(1, at: Self.start + 4 * Self.second, on: terms)
        #expect(late == 0)
        lot.add(grant(3, sent: 5 * Self.second, received: 5 * Self.second, reset: 9 * Self.second), on: terms)
        #expect(lot.held(at: Self.start + 5 * Self.second, on: terms) == 3)
        let ofOther = lot.refund(1, at: Self.start + 5 * Self.second, on: terms)
        #expect(ofOther == 0)
    }

    @Test("is given back with the moment until which the store may take it")
    func givesBack() throws {
        let bucket = try terms(.tokenBucket(10, per: .seconds(10), burst: 100))
        var lot = Lot()
        lot.add(grant(10), on: bucket)
        lot.add(grant(5, sent: Self.second, received: Self.second), on: bucket)
        let back = lot.takeAll(at: Self.start + Self.second, on: bucket, key: Self.key)
        #expect(back == GiveBack(key: Self.key, units: 13, untilMicroseconds: 20_000_000))
        #expect(lot.held(at: Self.start, on: bucket) == 0)
        let window = try terms(.fixedWindow(100, per: .seconds(10)))
        lot.add(grant(10, reset: 4 * Self.second), on: window)
        let left = lot.takeAll(at: Self.start, on: window, key: Self.key)
        #expect(left == GiveBack(key: Self.key, units: 10, untilMicroseconds: 9_000_000))
    }

    @Test("is not given back if the store never told its time, nor when nothing is left of it")
    func nothingToGive() throws {
        let terms = try terms(.tokenBucket(10, per: .seconds(10), burst: 100))
        var lot = Lot()
        var timeless = grant(10)
        timeless.storeMicroseconds = nil
        lot.add(timeless, on: terms)
        let unknown = lot.takeAll(at: Self.start, on: terms, key: Self.key)
        #expect(unknown == nil)
        #expect(lot.held(at: Self.start, on: terms) == 9)
        var evaporated = Lot()
        evaporated.add(grant(10), on: terms)
        let nothing = evaporated.takeAll(at: Self.start + 10 * Self.second, on: terms, key: Self.key)
        #expect(nothing == nil)
    }

    @Test("has terms for what can be borrowed only, and none in shadow mode")
    func terms() throws {
        let bucket = Limit.tokenBucket(5, per: .seconds(1))
        let rules = [
            Rule("bucket", bucket, borrow: .units(3)), Rule("plain", bucket),
            Rule("shadow", bucket, mode: .shadow, borrow: .auto),
            Rule("window", .fixedWindow(5, per: .seconds(1)), borrow: .auto),
            Rule("quota", .quota(5, per: .day), borrow: .auto),
            Rule("free", bucket, overrides: [.init([.user: "vip"], .unlimited)], borrow: .auto),
        ]
        let plan = try Limiter([Policy("p", rules: rules)]).policy("p").plan([.user: "vip"], cost: 1)
        // The charges point into what the plan keeps.
        let terms = withExtendedLifetime(plan) { zip(rules, plan.charges).map { BorrowTerms($0.borrow, of: $1) } }
        #expect(terms.map { $0 != nil } == [true, false, false, true, true, false])
        #expect(terms[0]?.fixedUnits == 3)
    }
}
