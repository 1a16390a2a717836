/// What has become of a figure.
public enum BenchVerdict: String, Sendable, Hashable, Codable {
    /// No more than the tolerance away.
    case same
    /// Further away for the better.
    case better
    /// Further away for the worse: it fails.
    case worse
    /// Further away, but chance does as much, or there are too few rounds to tell.
    case unsure
    /// Measured now, but not stored.
    case new
    /// Stored, but not measured now.
    case gone

    /// How much worse a figure may become: a tenth.
    public static let tolerance = 0.1

    /// - Parameters:
    ///   - ratio: Now by then.
    ///   - isSure: Whether chance alone does not do as much.
    init(ratio: Double, of unit: Figure.Unit, isSure: Bool) {
        let worsening = unit.isBetterHigher ? 1 / ratio : ratio
        if worsening > 1 + Self.tolerance {
            self = isSure ? .worse : .unsure
        } else if worsening < 1 / (1 + Self.tolerance) {
            self = isSure ? .better : .unsure
        } else {
            // What is no number is neither better nor worse.
            self = ratio.isNaN ? .unsure : .same
        }
    }
}

extension Figure.Unit {
    /// Whether more of it is better: of rates only.
    var isBetterHigher: Bool { self == .perSecond }
}
