import Testing

@testable import SluiceBench

@Suite("What rounds say")
struct RoundsTests {
    @Test("is their median")
    func median() {
        #expect(Rounds().median == nil)
        #expect(Rounds([3]).median == 3)
        #expect(Rounds([9, 1, 5]).median == 5)
        #expect(Rounds([4, 1, 9, 2]).median == 3)
    }

    @Test("is sure within bounds that the sign test gives, from six rounds on")
    func confidence() {
        for count in 1...5 { #expect(Rounds((0..<count).map(Double.init)).confidence == nil) }
        // Tables of the binomial distribution: of 6 to 8 rounds the lowest and highest, of 9 the second, of 20 the 6th.
        for (count, place) in [(6, 1), (7, 1), (8, 1), (9, 2), (12, 3), (15, 4), (20, 6), (25, 8)] {
            let rounds = Rounds((1...count).map(Double.init).shuffled())
            #expect(rounds.confidence == Double(place)...Double(count + 1 - place), "of \(count)")
        }
    }

    @Test("of long and short calls, is told by percentiles to three digits")
    func latencies() throws {
        var latencies = Latencies()
        #expect(latencies.percentile(50) == nil && latencies.mean == nil)
        for number in 1...1_000 { latencies.record(nanoseconds: Int64(number) * 1_000) }
        latencies.record(nanoseconds: -5)
        latencies.record(nanoseconds: .max)
        #expect(latencies.count == 1_002)
        for (percent, truth) in [(50.0, 500_000.0), (99, 991_000), (100, 60_000_000_000)] {
            let told = try #require(latencies.percentile(percent))
            #expect(abs(told - truth) <= truth / 400, "\(percent): \(told)")
        }
    }

    @Test(
        "is written as people write it",
        arguments: [
            (83.0, Figure.Unit.nanoseconds, "83 ns"), (1_240_000, .nanoseconds, "1.24 ms"),
            (999.6, .nanoseconds, "1 µs"),
            (1_000, .nanoseconds, "1 µs"), (12_340, .nanoseconds, "12.3 µs"), (0.5, .nanoseconds, "0.5 ns"),
            (2.05e9, .nanoseconds, "2.05 s"), (3.2e6, .bytes, "3.2 MB"), (411_950, .perSecond, "412,000/s"),
            (999, .perSecond, "999/s"), (1_204_000, .perSecond, "1,200,000/s"), (.nan, .bytes, "–"),
            (1_339, .count, "1,339"), (12_345_678, .count, "12,345,678"), (1.064, .count, "1.06"),
            (1_339.5, .count, "1,340"), (-2_050, .bytes, "-2.05 kB"),
        ])
    func text(value: Double, unit: Figure.Unit, text: String) {
        #expect(FigureText.text(value, unit) == text)
    }
}
