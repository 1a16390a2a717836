/// Moves the border between newcomers and the proven uphill: as long as the share of hits rises it goes on, and turns
/// round when it falls.
///
/// Traces that favour what was used last want a large window, those that favour what is used often a small one.
/// Source: Einziger, Eytan, Friedman, Manes, "Adaptive Software Cache Management" (2018), with Caffeine's constants.
struct WindowClimber {
    private let sampleSize: Int
    private let firstStep: Double
    private var step: Double
    private var previousShare = 0.0
    private var hits = 0
    private var questions = 0

    /// A change of the share of hits that means that the trace is another one.
    private static let restart = 0.05
    private static let decay = 0.98

    /// - Parameters:
    ///   - sampleSize: Questions between two steps.
    ///   - capacity: What window and main segment hold together.
    init(sampleSize: Int, capacity: Int) {
        self.sampleSize = sampleSize
        firstStep = 0.0625 * Double(capacity)
        // The window begins at its smallest, so there is only one way to go.
        step = firstStep
    }

    /// Somebody asked. The window's change if it is time for one.
    @inline(__always)
    mutating func asked(hit: Bool) -> Int? {
        questions &+= 1
        if hit { hits &+= 1 }
        return questions < sampleSize ? nil : climb()
    }

    private mutating func climb() -> Int {
        let share = Double(hits) / Double(questions)
        let change = share - previousShare
        let amount = change >= 0 ? step : -step
        step = abs(change) >= Self.restart ? (amount >= 0 ? firstStep : -firstStep) : Self.decay * amount
        previousShare = share
        hits = 0
        questions = 0
        return Int(amount)
    }
}
