/// A report held against a stored one, figure by figure.
///
/// A figure is worse if its median is by more than a tenth, and the interval in which the true median lies has nothing
/// in common with the stored one: noise alone rarely does both. What has no interval, for want of six rounds, is never
/// told to be worse or better.
public struct BenchComparison: Sendable, Hashable {
    /// A figure then and now.
    public struct Line: Sendable, Hashable {
        public var name: FigureName
        public var unit: Figure.Unit
        /// `nil` for what is new.
        public var stored: Double?
        /// `nil` for what is gone.
        public var now: Double?
        /// Now by then; `nil` where one of both is missing.
        public var ratio: Double?
        public var verdict: BenchVerdict
    }

    /// In the order of the new report, then what is gone.
    public var lines: [Line]

    /// Lines that were judged otherwise.
    init(lines: [Line]) { self.lines = lines }

    /// Holds a report against a stored one. Suites that did not run now are left out.
    public init(_ now: BenchReport, against stored: BenchReport) {
        let figures = now.namedFigures
        let suites = Set(now.sections.map(\.suite))
        var before = Dictionary(uniqueKeysWithValues: stored.namedFigures.map { ($0.name, $0.figure) })
        lines = figures.map { name, figure in Self.line(name, before.removeValue(forKey: name), figure) }
        lines += stored.namedFigures.filter { before[$0.name] != nil && suites.contains($0.name.suite) }.map {
            Line(name: $0.name, unit: $0.figure.unit, stored: $0.figure.value, verdict: .gone)
        }
    }

    private static func line(_ name: FigureName, _ stored: Figure?, _ now: Figure) -> Line {
        guard let stored, stored.unit == now.unit else {
            return Line(name: name, unit: now.unit, now: now.value, verdict: .new)
        }
        // Nothing by nothing is as much as before.
        let ratio = now.value == stored.value ? 1 : now.value / stored.value
        return Line(
            name: name, unit: now.unit, stored: stored.value, now: now.value, ratio: ratio,
            verdict: BenchVerdict(ratio: ratio, of: now.unit, isSure: areApart(stored.interval, now.interval)))
    }

    private static func areApart(_ first: ClosedRange<Double>?, _ second: ClosedRange<Double>?) -> Bool {
        guard let first, let second else { return false }
        return !first.overlaps(second)
    }

    /// How many figures came out so.
    public func count(_ verdict: BenchVerdict) -> Int { lines.count { $0.verdict == verdict } }

    /// Whether a figure is worse.
    public var hasFailed: Bool { count(.worse) > 0 }
}

extension Figure {
    /// Where the true median lies in 19 of 20 cases, if there were rounds enough to say.
    var interval: ClosedRange<Double>? {
        guard let low, let high, low <= high else { return nil }
        return low...high
    }
}
