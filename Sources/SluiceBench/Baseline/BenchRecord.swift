/// A report as it is kept: by the commit that was measured, and by how much work was done for it.
public struct BenchRecord: Sendable, Hashable, Codable {
    /// The commit, or whatever name the reader gave it.
    public var commit: String
    /// Reports of another share of the usual work do not compare.
    public var scale: Double
    public var report: BenchReport

    /// A report to be kept.
    public init(commit: String, scale: Double, report: BenchReport) {
        self.commit = commit
        self.scale = scale
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
