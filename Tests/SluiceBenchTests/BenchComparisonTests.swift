import Testing

@testable import SluiceBench

@Suite("A report held against a stored one")
struct BenchComparisonTests {
    @Test(
        "is worse where a figure is over a tenth worse and no chance does as much",
        arguments: [
            (100.0, 109.0, Figure.Unit.nanoseconds, BenchVerdict.same), (100, 112, .nanoseconds, .worse),
            (100, 92, .nanoseconds, .same), (100, 80, .nanoseconds, .better), (100, 112, .bytes, .worse),
            // More of a rate is better, of errors it is not.
            (100, 112, .perSecond, .better), (100, 80, .perSecond, .worse), (100, 92, .perSecond, .same),
            (0.1, 0.2, .share, .worse), (5, 4, .count, .better),
            // Nothing by nothing is as before, something by nothing is not.
            (0, 0, .share, .same), (0, 0.01, .share, .worse), (0.01, 0, .share, .better), (0, 9, .perSecond, .better),
            (9, 0, .perSecond, .worse),
        ])
    func verdicts(stored: Double, now: Double, unit: Figure.Unit, verdict: BenchVerdict) {
        let comparison = BenchComparison(
            .example([("a", .spread(now, unit))]), against: .example([("a", .spread(stored, unit))]))
        #expect(comparison.lines.map(\.verdict) == [verdict])
        #expect(comparison.hasFailed == (verdict == .worse))
    }

    @Test("is not worse where intervals overlap, or say nothing for want of rounds")
    func chance() {
        let stored = BenchReport.example([
            ("wide", .spread(100, by: 0.3)), ("few", Figure(Rounds([100, 101, 102]), .nanoseconds)),
            ("none", Figure(Rounds(), .nanoseconds)),
        ])
        let now = BenchReport.example([
            ("wide", .spread(150, by: 0.3)), ("few", Figure(Rounds([900, 901, 902]), .nanoseconds)),
            ("none", .spread(1)),
        ])
        let comparison = BenchComparison(now, against: stored)
        #expect(comparison.lines.map(\.verdict) == [.unsure, .unsure, .unsure])
        #expect(!comparison.hasFailed && comparison.count(.unsure) == 3)
        // The same medians with narrow intervals are worse.
        let narrow = BenchComparison(
            .example([("wide", .spread(150))]), against: .example([("wide", .spread(100))]))
        #expect(narrow.hasFailed)
    }

    @Test("tells what is new and what is gone, but not of suites that did not run")
    func others() {
        var stored = BenchReport.example([("kept", .spread(1)), ("gone", .spread(2)), ("unmeasured", nil)])
        stored.sections += BenchReport.example([("other", .spread(3))], suite: "users").sections
        let now = BenchReport.example([("new", .spread(4)), ("kept", .spread(1)), ("unmeasured", nil)])
        let comparison = BenchComparison(now, against: stored)
        #expect(comparison.lines.map(\.name.row) == ["new", "kept", "gone"])
        #expect(comparison.lines.map(\.verdict) == [.new, .same, .gone])
        #expect(comparison.lines[2].now == nil && comparison.lines[2].stored == 2 && comparison.lines[0].ratio == nil)
        #expect(!comparison.hasFailed)
    }

    @Test("compares no figures of different units")
    func units() {
        let comparison = BenchComparison(
            .example([("a", .spread(1, .bytes))]), against: .example([("a", .spread(1, .nanoseconds))]))
        #expect(comparison.lines.map(\.verdict) == [.new])
    }

    @Test("is told in rows of what has changed, and in a line of how much has not")
    func text() {
        let stored = BenchReport.example([
            ("slow", .spread(1_000)), ("fast", .spread(1_000)), ("same", .spread(1_000)), ("far", .spread(1)),
        ])
        let now = BenchReport.example([
            ("slow", .spread(1_300)), ("fast", .spread(500)), ("same", .spread(1_001)), ("far", .spread(0)),
        ])
        let comparison = BenchComparison(now, against: stored)
        #expect(
            comparison.cells == [
                ["stores, slow: memory", "1 µs", "1.3 µs", "1.30", "WORSE"],
                ["stores, fast: memory", "1 µs", "500 ns", "0.50", "better"],
                ["stores, far: memory", "1 ns", "0 ns", "0.00", "better"],
            ])
        #expect(comparison.summary == "1 worse, 2 better, 1 within 10 %")
        #expect(comparison.cells.allSatisfy { $0.count == BenchComparison.titles().count })
        #expect(BenchComparison(lines: []).summary == "nothing to compare")
        #expect(BenchComparison.text(.infinity) == "–" && BenchComparison.text(12.344) == "12.34")
    }
}

extension Figure {
    fileprivate static func spread(_ value: Double, _ unit: Unit) -> Figure { spread(value, by: 0.02, unit) }
}
