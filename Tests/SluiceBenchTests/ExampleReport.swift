@testable import SluiceBench

extension BenchReport {
    /// A report of one suite with a row for each name and a figure in it.
    static func example(
        _ figures: [(name: String, figure: Figure?)], suite: String = "stores", machine: Machine = .example,
        time: Double = 1_700_000_000
    ) -> BenchReport {
        var report = BenchReport(version: "1.2.3", machine: machine, time: time)
        var table = BenchTable("times", "what", columns: ["memory"])
        for (name, figure) in figures { table.add(name, [figure]) }
        report.sections = [Section(suite: suite, tables: [table])]
        return report
    }

    /// A report of one time in nanoseconds.
    static func example(
        _ value: Double, machine: Machine = .example, time: Double = 1_700_000_000, scale: Double = 1
    ) -> BenchReport {
        var report = example([("one", .spread(value))], machine: machine, time: time)
        report.scale = scale
        return report
    }
}

extension Figure {
    /// Seven rounds around a median, up to so large a part of it away: all of that is its interval.
    static func spread(_ value: Double, by part: Double = 0.02, _ unit: Unit = .nanoseconds) -> Figure {
        Figure(Rounds([-1, -0.5, -0.2, 0, 0.3, 0.6, 1].map { value * (1 + $0 * part) }), unit)
    }
}

extension Machine {
    static let example = Machine(
        processor: "Example 9000", cores: 4, memory: 8 << 30, system: "Linux 6", isOptimized: true)
}
