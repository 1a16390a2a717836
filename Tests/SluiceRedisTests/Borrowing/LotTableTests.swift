import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

@Suite("A table of lots")
struct LotTableTests {
    private static let start: Int64 = 1_700_000_000_000_000_000
    private static let millisecond: Int64 = 1_000_000
    private let key = CellKey(high: 1, low: 1)

    private func terms(_ borrowing: Rule.Borrowing, _ limit: Limit) throws -> BorrowTerms {
        try #require(try BorrowTerms(borrowing, limit))
    }

    private func grant(_ units: Int64, at now: Int64, left: Int64 = 1_000_000) -> LotGrant {
        LotGrant(
            units: units, sentAt: now, receivedAt: now, storeMicroseconds: 1, remaining: left,
            resetAfterNanoseconds: 3_600_000 * Self.millisecond)
    }

    /// A bucket that refills so slowly that nothing evaporates while a test runs.
    private let slow = Limit.tokenBucket(100, per: .days(1), burst: 1_000_000)

    @Test("asks once, spends what comes, and asks for more when less than half is left")
    func oneFlight() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.units(10), slow)
        #expect(lots.spend(1, of: key, at: Self.start, on: terms) == .empty(ask: 10))
        #expect(lots.spend(1, of: key, at: Self.start, on: terms) == .empty(ask: 0))
        #expect(lots.granted(grant(10, at: Self.start, left: 70), to: key, on: terms, epoch: 0) == nil)
        var asked: [Int64] = []
        for _ in 0..<9 {
            guard case .spent(let remaining, let reset, let ask) = lots.spend(1, of: key, at: Self.start, on: terms)
            else {
                Issue.record("nothing was left")
                return
            }
            asked.append(ask)
            #expect(remaining == 70 + 9 - Int64(asked.count))
            #expect(reset == 3_600_000 * Self.millisecond)
        }
        #expect(asked == [0, 0, 0, 0, 10, 0, 0, 0, 0])
    }

    @Test("asks for nothing for a while after a refusal")
    func refusal() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.units(10), slow)
        #expect(lots.spend(1, of: key, at: Self.start, on: terms) == .empty(ask: 10))
        lots.refused(key, at: Self.start, left: 0, epoch: 0)
        let pause = LotTable.pause.wholeNanoseconds
        #expect(lots.spend(1, of: key, at: Self.start + pause - 1, on: terms) == .empty(ask: 0))
        #expect(lots.spend(1, of: key, at: Self.start + pause, on: terms) == .empty(ask: 10))
    }

    @Test(
        "asks for what some hundredths of a second use, and for nothing where that is too little",
        arguments: [2, 50, 100, 1_000, 20_000])
    func followsDemand(perSecond: Int64) throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.auto, slow)
        var asked: [Int64] = []
        for index in 0..<2 * perSecond {
            let now = Self.start + index * 1_000 * Self.millisecond / perSecond
            let ask =
                switch lots.spend(1, of: key, at: now, on: terms) {
                case .spent(_, _, let ask), .empty(let ask): ask
                }
            guard ask > 0 else { continue }
            asked.append(ask)
            _ = lots.granted(grant(ask, at: now), to: key, on: terms, epoch: 0)
        }
        let expected = perSecond * 16 / 1_000
        guard expected >= 2 else { return #expect(asked.isEmpty) }
        let last = try #require(asked.last)
        #expect(last >= expected / 2 && last <= expected * 2, "\(asked)")
        // Two seconds are 125 spans of 16 ms; half of a lot is used from one asking to the next.
        #expect(asked.count < 300, "\(asked.count)")
    }

    @Test("asks for more of a bucket that refills faster than it is spent, until a lot lasts")
    func outgrowsEvaporation() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.auto, .tokenBucket(1_000_000, per: .seconds(1), burst: 1_000_000))
        var asked: [Int64] = []
        for index in 0..<20_000 as Range<Int64> {
            let now = Self.start + index * Self.millisecond / 20
            let ask =
                switch lots.spend(1, of: key, at: now, on: terms) {
                case .spent(_, _, let ask), .empty(let ask): ask
                }
            guard ask > 0 else { continue }
            asked.append(ask)
            _ = lots.granted(grant(ask, at: now, left: 900_000), to: key, on: terms, epoch: 0)
        }
        let last = try #require(asked.last)
        #expect(last >= 8_000 && last <= 32_000, "\(asked)")
        #expect(asked.count < 400, "\(asked.count)")
    }

    @Test("asks for a quarter of what is left at most")
    func share() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.auto, slow)
        var ask: Int64 = 0
        for index in 0..<1_000 as Range<Int64> where ask == 0 {
            if case .empty(let units) = lots.spend(100, of: key, at: Self.start + index, on: terms) { ask = units }
        }
        #expect(ask > 0 && ask <= 250_000)
        lots.refused(key, at: Self.start, left: 20, resetAfterNanoseconds: .max, epoch: 0)
        let later = Self.start + 20 * Self.millisecond
        #expect(lots.spend(100, of: key, at: later, on: terms) == .empty(ask: 5))
    }

    @Test("gives back what nobody spends, and nothing of what somebody does")
    func idle() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.units(10), slow)
        let idle = LotTable.longestIdle.wholeNanoseconds
        _ = lots.spend(1, of: key, at: Self.start, on: terms)
        _ = lots.granted(grant(10, at: Self.start), to: key, on: terms, epoch: 0)
        #expect(lots.idleLots(at: Self.start + idle - 1).isEmpty)
        guard case .spent = lots.spend(2, of: key, at: Self.start + idle - 1, on: terms) else {
            Issue.record("nothing was left")
            return
        }
        #expect(lots.idleLots(at: Self.start + idle).isEmpty)
        let back = lots.idleLots(at: Self.start + 2 * idle)
        #expect(back.map(\.units) == [7] && back.map(\.key) == [key])
        #expect(lots.idleLots(at: Self.start + 2 * idle).isEmpty)
        #expect(lots.held(at: Self.start + 2 * idle) == 0)
    }

    @Test("gives everything back at once, and what comes later as it comes")
    func everything() throws {
        let lots = LotTable(holding: 64)
        let terms = try terms(.units(10), slow)
        let keys = (0..<50 as Range<UInt64>).map { CellKey(high: $0, low: $0 << 58 | $0) }
        for key in keys {
            #expect(lots.spend(1, of: key, at: Self.start, on: terms) == .empty(ask: 10))
            if key != keys[0] { _ = lots.granted(grant(10, at: Self.start), to: key, on: terms, epoch: 0) }
        }
        #expect(lots.held(at: Self.start) == 49 * 9)
        let back = lots.allLots(at: Self.start)
        #expect(Set(back.map(\.key)) == Set(keys.dropFirst()))
        #expect(back.allSatisfy { $0.units == 9 })
        let late = lots.granted(grant(10, at: Self.start), to: keys[0], on: terms, epoch: 0)
        #expect(late?.units == 9 && late?.key == keys[0])
        #expect(lots.held(at: Self.start) == 0)
        #expect(lots.spend(1, of: keys[0], at: Self.start, on: terms) == .empty(ask: 10))
    }

    @Test("follows the cells that were asked for last, but forgets none that holds something")
    func bounded() throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.units(10), slow)
        // All in one set of eight, of which four hold something.
        let keys = (0..<20 as Range<UInt64>).map { CellKey(high: $0, low: 1 + $0) }
        for (index, key) in keys.enumerated() {
            let now = Self.start + Int64(index)
            #expect(lots.spend(1, of: key, at: now, on: terms) == .empty(ask: 10))
            if index < 4 {
                _ = lots.granted(grant(10, at: now), to: key, on: terms, epoch: 0)
            } else {
                lots.refused(key, at: now, epoch: 0)
            }
        }
        #expect(lots.held(at: Self.start + 20) == 36)
        #expect(lots.spend(1, of: keys[19], at: Self.start + 20, on: terms) == .empty(ask: 0), "it is remembered")
        #expect(lots.spend(1, of: keys[4], at: Self.start + 20, on: terms) == .empty(ask: 10), "it was forgotten")
    }

    @Test("spends each unit once, whoever comes first")
    func threads() async throws {
        let lots = LotTable(holding: 1)
        let terms = try terms(.units(100_000), slow)
        #expect(lots.spend(1, of: key, at: Self.start, on: terms) == .empty(ask: 100_000))
        _ = lots.granted(grant(100_000, at: Self.start), to: key, on: terms, epoch: 0)
        let held = lots.held(at: Self.start)
        let key = key
        let spent = await withTaskGroup(of: Int64.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var spent: Int64 = 0
                    for _ in 0..<40_000 {
                        if case .spent = lots.spend(1, of: key, at: Self.start, on: terms) { spent += 1 }
                    }
                    return spent
                }
            }
            return await group.reduce(0, +)
        }
        #expect(spent == held)
    }
}
