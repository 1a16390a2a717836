/// What the rounds of one side said.
struct Samples {
    var values: [Double] = []

    /// The middle one.
    var median: Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Lets all sides run in turn, so that a slow minute of the machine hits each of them.
    static func inTurn(_ rounds: Int, _ sides: (() throws -> Double)...) throws -> [Samples] {
        var samples = sides.map { _ in Samples() }
        for round in 0..<rounds {
            for offset in sides.indices {
                // Whoever comes first in one round comes last in another.
                let side = (round + offset) % sides.count
                samples[side].values.append(try sides[side]())
            }
        }
        return samples
    }
}
