import Sluice
import Testing

@Suite("Calendar quotas")
struct QuotaZoneTests {
    private func quota(_ row: QuotaZoneTable.Row) throws -> Limiter {
        let unit = try #require(Limit.CalendarUnit(rawValue: row.unit))
        return try Limiter([Policy("p", rules: [Rule("r", .quota(2, per: unit, in: row.zone))])])
    }

    @Test("A period ends where Python's zoneinfo says", arguments: QuotaZoneTable.rows)
    func end(row: QuotaZoneTable.Row) throws {
        let limiter = try quota(row)
        let now = Timestamp(seconds: row.moment)
        let pass = try limiter.decide("p", [:], at: now)
        #expect(pass.remaining == 1)
        #expect(pass.resetAfter == Timestamp(seconds: row.end) - now)
        #expect(try limiter.decide("p", [:], at: now).isAllowed)
        let last = Timestamp(nanoseconds: Timestamp(seconds: row.end).nanoseconds - 1)
        let denial = try limiter.peek("p", [:], at: last)
        #expect(!denial.isAllowed)
        #expect(denial.retryAfter == .nanoseconds(1))
        #expect(try limiter.decide("p", [:], at: Timestamp(seconds: row.end)).remaining == 1)
    }

    @Test("A period begins where Python's zoneinfo says", arguments: QuotaZoneTable.rows)
    func start(row: QuotaZoneTable.Row) throws {
        let limiter = try quota(row)
        let start = Timestamp(seconds: row.start)
        let before = try limiter.decide("p", [:], cost: 2, at: Timestamp(nanoseconds: start.nanoseconds - 1))
        #expect(before.resetAfter == .nanoseconds(1))
        #expect(try limiter.decide("p", [:], at: start).resetAfter == Timestamp(seconds: row.end) - start)
        #expect(try limiter.decide("p", [:], at: Timestamp(seconds: row.moment)).remaining == 0)
    }

    @Test("A zone that does not exist is an error that names the nearest")
    func unknownZone() throws {
        let error = #expect(throws: SluiceError.self) {
            try Limiter([Policy("p", rules: [Rule("r", .quota(1, per: .day, in: "Europe/Berln"))])])
        }
        #expect(error?.code == .unknownTimeZone)
        #expect(error?.message.contains("Europe/Berlin") == true)
    }
}
