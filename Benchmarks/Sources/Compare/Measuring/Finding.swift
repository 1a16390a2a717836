/// One figure of Sluice's, and what it is measured against.
struct Finding: Codable {
    var what: String
    var unit: String
    /// Medians of the rounds.
    var sluice: Double
    var opponent: String?
    var other: Double?
    /// What issue or document asks for, in words.
    var reach: String?
    var isReached: Bool?
    /// A third program's figure that was not measured in this run.
    var measuredEarlier: String?
    /// What each round said.
    var rounds: [Double]
    var otherRounds: [Double]

    /// Sluice's figure by the other's.
    var ratio: Double? { other.map { sluice / $0 } }

    /// - Parameter limit: The largest ratio that is good enough, or with `limitIsAbsolute` the largest figure.
    init(
        _ what: String, _ unit: String, _ sluice: Samples, against opponent: String? = nil, _ other: Samples? = nil,
        reach: Reach? = nil, measuredEarlier: String? = nil
    ) {
        self.what = what
        self.unit = unit
        self.sluice = sluice.median
        self.opponent = opponent
        self.other = other?.median
        self.measuredEarlier = measuredEarlier
        rounds = sluice.values
        otherRounds = other?.values ?? []
        self.reach = reach?.words(unit)
        isReached = reach?.isReached(by: sluice.median, against: other?.median)
    }
}

/// What a figure must reach.
enum Reach {
    /// At most this times the other's.
    case ratio(Double)
    /// At most this.
    case figure(Double)
    /// Both.
    case ratioAndFigure(Double, Double)

    func isReached(by sluice: Double, against other: Double?) -> Bool {
        switch self {
        case .ratio(let most): other.map { sluice <= most * $0 } ?? false
        case .figure(let most): sluice <= most
        case .ratioAndFigure(let ratio, let most): sluice <= most && (other.map { sluice <= ratio * $0 } ?? false)
        }
    }

    func words(_ unit: String) -> String {
        switch self {
        case .ratio(let most): "<= \(most) x"
        case .figure(let most): "<= \(Finding.text(most)) \(unit)"
        case .ratioAndFigure(let ratio, let most): "<= \(ratio) x, <= \(Finding.text(most)) \(unit)"
        }
    }
}

extension Finding {
    /// Three digits or so.
    static func text(_ value: Double) -> String {
        let scale = abs(value) < 10 ? 100.0 : abs(value) < 100 ? 10 : 1
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
