/// A report as it is kept: by the commit that was measured.
public struct BenchRecord: Sendable, Hashable, Codable {
    /// The commit, or whatever name the reader gave it.
    public var commit: String
    public var report: BenchReport

    /// A report to be kept.
    public init(commit: String, report: BenchReport) {
        self.commit = commit
        self.report = report
    }
}

extension Machine {
    /// Whether figures measured on another machine say something of this one: the same processor by name, with as many
    /// cores, and both builds made for speed or neither.
    func compares(with other: Machine) -> Bool {
        processor == other.processor && cores == other.cores && isOptimized == other.isOptimized
    }
}
