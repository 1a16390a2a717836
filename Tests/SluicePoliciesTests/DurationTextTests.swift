import Sluice
import SluiceTesting
import Testing

@testable import SluicePolicies

@Suite("Spans of time")
struct DurationTextTests {
    @Test(
        "are read in every form",
        arguments: [
            ("10s", 10_000_000_000), ("250ms", 250_000_000), ("15m", 900_000_000_000), ("1h30m", 5_400_000_000_000),
            ("1d", 86_400_000_000_000), ("2w", 1_209_600_000_000_000), ("1 hour", 3_600_000_000_000),
            ("10 seconds", 10_000_000_000), ("1 h 30 m", 5_400_000_000_000), ("7us", 7_000), ("7µs", 7_000),
            ("1s500ms", 1_500_000_000), ("9ns", 9), ("2 MIN", 120_000_000_000), ("0d1s", 1_000_000_000),
            ("9223372036854775807ns", Int64.max),
        ])
    func forms(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try DurationText.parse(text) == nanoseconds)
    }

    @Test(
        "that are none say why",
        arguments: [
            ("10", "'10' lacks a unit: ns, us, ms, s, m, h, d or w", "10s"),
            ("1h30", "'1h30' lacks a unit: ns, us, ms, s, m, h, d or w", "1h30s"),
            ("1.5h", "'1.5h' has decimals; write whole numbers such as 1h30m or 1500ms", nil),
            ("-5s", "'-5s' is negative; a span is more than nothing", nil),
            ("0s", "'0s' is no time; a span is more than nothing", nil),
            ("", "expected a span of time such as 10s, found nothing", nil),
            ("soon", "expected a span of time such as 10s or 1h30m, found 'soon'", nil),
            ("30m1h", "'30m1h' does not go from the longest unit to the shortest, each once", nil),
            ("1s1s", "'1s1s' does not go from the longest unit to the shortest, each once", nil),
            ("1 month", "a month has no fixed length; write days, such as 30d", nil),
            ("10 secnds", "'secnds' is no unit of time; the units are ns, us, ms, s, m, h, d or w", "seconds"),
            ("10x", "'x' is no unit of time; the units are ns, us, ms, s, m, h, d or w", nil),
            ("99999999999999999999s", "'99999999999999999999s' is too long; the most is a hundred years", nil),
            ("9223372036854775808ns", "'9223372036854775808ns' is too long; the most is a hundred years", nil),
            ("20000w", "'20000w' is too long; the most is a hundred years", nil),
        ] as [(String, String, String?)])
    func faults(_ text: String, _ message: String, _ suggestion: String?) throws {
        let fault = try #require(throws: TextFault.self) { try DurationText.parse(text) }
        #expect(fault.message == message)
        #expect(fault.suggestion == suggestion)
    }

    @Test("have one canonical form, which reads back", arguments: [UInt64(1)])
    func roundTrip(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5_000 {
            let span = random.number(in: 1...(1 << random.number(in: 1...62)))
            #expect(try DurationText.parse(DurationText.text(span)) == span, "seed \(seed), span \(span)")
        }
        #expect(DurationText.text(900_000_000_000) == "15m")
        #expect(DurationText.text(5_400_000_000_000) == "1h30m")
        #expect(DurationText.text(864_000_000_000_000) == "10d")
        #expect(DurationText.text(1_209_600_000_000_000) == "2w")
        #expect(DurationText.text(Int64.max) == "106751d23h47m16s854ms775us807ns")
    }
}
