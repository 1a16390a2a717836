/// What a run of suites found.
public struct BenchReport: Sendable, Hashable, Codable {
    /// The suites of a run and their tables.
    public struct Section: Sendable, Hashable, Codable {
        public var suite: String
        public var tables: [BenchTable]
    }

    /// The version that was measured.
    public var version: String
    public var machine: Machine
    /// When it began, in seconds since 1970.
    public var time: Double
    /// How much of the usual work was done: reports of different shares do not compare.
    public var scale: Double
    /// On which Redis was measured.
    public var redis: [MeasuredRedis] = []
    public var sections: [Section] = []

    /// A report of nothing yet.
    public init(version: String, machine: Machine, time: Double, scale: Double = 1) {
        self.version = version
        self.machine = machine
        self.time = time
        self.scale = scale
    }

    /// What a reader must know before any figure: a build that is not optimized, a run that did less.
    public var warnings: [String] {
        var warnings: [String] = []
        if !machine.isOptimized {
            warnings.append("This build is not optimized: its figures say nothing of a real one.")
        }
        if scale < 1 {
            warnings.append(
                "Only \(scale) of the usual work was done (--scale): figures waver more than in a full run.")
        }
        return warnings
    }

    /// Adds what a suite found.
    public mutating func add(_ tables: [BenchTable], of suite: BenchSuite) {
        sections.append(Section(suite: suite.name, tables: tables))
    }

    /// Pass marks that were missed.
    public var missedMarks: Int {
        sections.reduce(0) { sum, section in
            sum
                + section.tables.reduce(0) { sum, table in
                    sum + table.rows.reduce(0) { $0 + $1.figures.count { $0?.mark?.isMet == false } }
                }
        }
    }
}
