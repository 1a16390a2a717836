import Foundation
import Testing

@testable import SluiceReplay

@Suite("Times of logs")
struct LogTimeTests {
    private func parse(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { LogTime.parse($0) }
    }

    @Test(
        "Every form is the same moment",
        arguments: [
            "2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02 03:04:05", "2026-01-02T04:04:05+01:00",
            "2026-01-02T04:34:05+0130", "2026-01-01T22:04:05-05", "1767323045", "1767323045000", "1767323045000000",
            "1767323045000000000", "1767323045.0", "02/Jan/2026:03:04:05 +0000", "02/jan/2026:04:04:05 +0100",
            "  1767323045 ",
        ])
    func forms(_ text: String) {
        #expect(parse(text) == 1_767_323_045_000_000_000)
    }

    @Test(
        "Fractions are kept to the nanosecond",
        arguments: [
            ("1970-01-01T00:00:00.5Z", Int64(500_000_000)), ("1970-01-01T00:00:00,123456789123Z", 123_456_789),
            ("1.000000001", 1_000_000_001), ("-1", -1_000_000_000), ("1767323045123.5", 1_767_323_045_123_500_000),
        ])
    func fractions(_ text: String, _ nanoseconds: Int64) {
        #expect(parse(text) == nanoseconds)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", " ", "-", "now", "2026-02-29T00:00:00Z", "2026-13-01", "2026-01-02T25:00:00Z", "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05Zx", "99999999999999999999", "1.", "9999-01-01T00:00:00Z",
            "32/Jan/2026:03:04:05 +0000", "02/Foo/2026:03:04:05 +0000",
        ])
    func refused(_ text: String) {
        #expect(parse(text) == nil)
    }

    @Test("Days agree with Foundation's calendar, and back")
    func days() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for day in stride(from: Int64(-80_000), to: 80_000, by: 37) {
            let moment = Date(timeIntervalSince1970: Double(day) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day], from: moment)
            let (year, month, date) = (Int64(parts.year!), Int64(parts.month!), Int64(parts.day!))
            #expect(LogTime.days(year: year, month: month, day: date) == day)
            #expect(parse(TimeText.iso8601(day * 86_400 * 1_000_000_000)) == day * 86_400 * 1_000_000_000)
        }
    }

    @Test("The minute that an access log's clock remembers does not leak into another minute, day or zone")
    func cache() {
        var clock = AccessLogTime()
        let texts = [
            "17/May/2015:10:05:03 +0000", "17/May/2015:10:05:59 +0000", "17/May/2015:10:05:59 +0100",
            "17/May/2015:10:06:00 +0100", "18/May/2015:10:06:00 +0100", "18/May/2016:10:06:60 +0100",
            "18/May/2016:10:06:61 +0100", "18/May/2016:10:06:00 +0100",
        ]
        let cached = texts.map { text in
            Array(text.utf8).withUnsafeBytes { bytes in
                var cursor = ByteCursor(bytes)
                return clock.parse(&cursor)
            }
        }
        #expect(cached == texts.map { parse($0) })
        #expect(cached[6] == nil)
    }
}
