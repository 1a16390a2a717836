import Testing

@testable import SluiceReplay

@Suite("Requests over time")
struct TimeSeriesTests {
    @Test("However the time grows, nothing is lost and every request is in the bin of its time")
    func property() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for span: Int64 in [1, 100, 5_000, 400_000, 90_000_000, 3_000_000_000] {
            var series = TimeSeries(rules: 2)
            var times: [(time: Int64, isDenied: Bool)] = []
            for _ in 0..<2_000 {
                let time = Int64.random(in: -span...span, using: &random) * 1_000_000_000 + 5
                let isDenied = Bool.random(using: &random)
                let row = series.add(time, isDenied: isDenied)
                if isDenied { series.addDenial(by: 1, row: row) }
                times.append((time, isDenied))
            }
            #expect(series.binCount <= TimeSeries.maximumBins)
            for bin in 0..<series.binCount {
                let within = times.filter { $0.time >= series.start(of: bin) && $0.time < series.start(of: bin + 1) }
                #expect(series.requests(in: bin) == Int64(within.count), "seed \(seed)")
                #expect(series.denied(in: bin) == Int64(within.count { $0.isDenied }), "seed \(seed)")
                #expect(series.denied(in: bin, by: 1) == series.denied(in: bin) && series.denied(in: bin, by: 0) == 0)
            }
            let total = (0..<series.binCount).reduce(0) { $0 + series.requests(in: $1) }
            #expect(total == 2_000, "seed \(seed)")
        }
    }
}
