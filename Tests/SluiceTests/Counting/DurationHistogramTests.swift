import Sluice
import SluiceTesting
import Testing

@Suite("How long things took")
struct DurationHistogramTests {
    @Test("is counted exactly where a range ends, and percentiles are a third too long at most", arguments: 1...8)
    func oracle(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let histogram = DurationHistogram()
        var all: [Int64] = []
        for _ in 0..<2_000 {
            let duration = Int64(1) << random.number(in: 5...35) + Int64(random.number(in: 0...1_000))
            let times = random.number(in: 1...3)
            histogram.record(nanoseconds: duration, times: Int(times))
            all += Array(repeating: duration, count: Int(times))
        }
        all.sort()
        let counted = histogram.counted
        #expect(counted.count == UInt64(all.count))
        #expect(counted.totalNanoseconds == all.reduce(0) { $0 + UInt64($1) })
        for end in [1_000, 2_500, 5_000, 10_000, 1_000_000, 2_500_000, 100_000_000, 2_500_000_000] as [Int64] {
            #expect(counted.count(upTo: end) == UInt64(all.count { $0 <= end }), "seed \(seed), \(end) ns")
        }
        for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = all[max(0, Int((Double(all.count) * share).rounded(.up)) - 1)]
            let told = counted.percentile(share) ?? 0
            guard exact <= 10_000_000_000 else {
                #expect(told == 10_000_000_000)
                continue
            }
            #expect(told >= exact, "seed \(seed), \(share)")
            #expect(
                exact <= 100 || Double(told) <= Double(exact) * 1.34, "seed \(seed), \(share): \(told), not \(exact)")
        }
    }

    @Test("is nothing before anything was recorded")
    func empty() {
        #expect(DurationHistogram().counted.percentile(0.5) == nil)
        #expect(DurationHistogram().counted == DurationCounts())
    }

    @Test("of a while is the difference of two looks, and two parts add up")
    func parts() {
        let histogram = DurationHistogram()
        histogram.record(nanoseconds: 500)
        let before = histogram.counted
        histogram.record(nanoseconds: 2_000_000, times: 3)
        let since = histogram.counted.since(before)
        #expect(since.count == 3 && since.percentile(0.5) == 2_000_000)
        #expect(since + before == histogram.counted)
    }

    @Test("is recorded by many threads without loss")
    func threads() async {
        let histogram = DurationHistogram()
        await withDiscardingTaskGroup { group in
            for thread in 1...4 {
                group.addTask {
                    for _ in 0..<10_000 { histogram.record(nanoseconds: Int64(thread) * 1_000) }
                }
            }
        }
        #expect(histogram.counted.count == 40_000)
    }

    @Test("decisions are among them")
    func decisions() throws {
        let limiter = try Limiter { Policy("p") { Rule("r", by: .user, .tokenBucket(5, per: .seconds(1))) } }
        // Which decisions are timed follows from the moment they are made at.
        for step in 0..<6_400 {
            _ = try limiter.decide(
                "p", [.user: "\(step)"], at: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(step) * 16))
        }
        #expect(limiter.decisionDurations.counted.count == 25)
    }
}
