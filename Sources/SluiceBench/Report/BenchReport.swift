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
    public var sections: [Section] = []

    /// A report of nothing yet.
    public init(version: String, machine: Machine, time: Double) {
        self.version = version
        self.machine = machine
        self.time = time
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
