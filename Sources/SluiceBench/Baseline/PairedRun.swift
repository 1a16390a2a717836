/// Two programs measured in turn, round by round, so that whatever the machine does besides befalls both.
///
/// Each round has a ratio of neighbours in time; the median of these is judged, and where it lies in 19 of 20 cases.
/// Who comes first in one round comes last in the next, for the second may find the machine warmer.
public struct PairedRun: Sendable {
    /// Measures one program once.
    public typealias Measure = @Sendable () async throws -> BenchReport

    /// The fewest rounds that can tell something: see ``Rounds/confidence``.
    public static let fewestRounds = 6

    private let rounds: Int
    private let ours: Measure
    private let other: Measure
    private let progress: @Sendable (_ round: Int) -> Void

    /// - Parameters:
    ///   - rounds: How often both are measured.
    ///   - progress: Is told each round before it begins, from 0.
    public init(
        rounds: Int, ours: @escaping Measure, other: @escaping Measure,
        progress: @escaping @Sendable (_ round: Int) -> Void = { _ in }
    ) {
        (self.rounds, self.ours, self.other, self.progress) = (rounds, ours, other, progress)
    }

    /// Measures both and compares them.
    /// - Returns: The other's median as stored, ours as now, and the median of the ratios, for each figure that both
    ///   have told in every round. A figure is worse or better if that is further than the tolerance from 1, and 1 lies
    ///   outside of its interval.
    /// - Throws: What a measurement throws.
    public func compare() async throws -> BenchComparison {
        var pairs: [FigureName: Pair] = [:]
        var order: [FigureName] = []
        for round in 0..<rounds {
            progress(round)
            let (mine, others) = try await measure(isOursFirst: round.isMultiple(of: 2))
            let known = Dictionary(uniqueKeysWithValues: others.namedFigures.map { ($0.name, $0.figure) })
            for (name, figure) in mine.namedFigures {
                guard let other = known[name], other.unit == figure.unit, !figure.value.isNaN, !other.value.isNaN
                else { continue }
                if pairs[name] == nil { order.append(name) }
                pairs[name, default: Pair(unit: figure.unit)].add(ours: figure.value, other: other.value)
            }
        }
        return BenchComparison(
            lines: order.compactMap { name in
                guard let pair = pairs[name], pair.ratios.values.count == rounds else { return nil }
                return pair.line(name)
            })
    }

    private func measure(isOursFirst: Bool) async throws -> (ours: BenchReport, other: BenchReport) {
        if isOursFirst {
            let mine = try await ours()
            return (mine, try await other())
        }
        let others = try await other()
        return (try await ours(), others)
    }
}

/// One figure of both programs, round by round.
private struct Pair {
    let unit: Figure.Unit
    private var ours = Rounds()
    private var other = Rounds()
    private(set) var ratios = Rounds()

    init(unit: Figure.Unit) { self.unit = unit }

    mutating func add(ours mine: Double, other others: Double) {
        ours.add(mine)
        other.add(others)
        ratios.add(mine == others ? 1 : mine / others)
    }

    func line(_ name: FigureName) -> BenchComparison.Line {
        let ratio = ratios.median ?? .nan
        let isSure = ratios.confidence.map { !$0.contains(1) } ?? false
        return BenchComparison.Line(
            name: name, unit: unit, stored: other.median, now: ours.median, ratio: ratio,
            verdict: BenchVerdict(ratio: ratio, of: unit, isSure: isSure))
    }
}
