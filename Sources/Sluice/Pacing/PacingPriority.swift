/// Which of the sends that wait for the same limit goes first.
public enum PacingPriority: Int, CaseIterable, Sendable, Hashable, Comparable {
    case high, normal, low

    /// Higher goes first.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue > b.rawValue }
}
