internal import Sluice

extension Pattern {
    /// Whether a text could match both, as far as their beginnings and ends tell: `false` is certain, `true` is not.
    func mayOverlap(_ other: Pattern) -> Bool {
        let (a, b) = (parts, other.parts)
        if a.count == 1 { return other.matches(text) }
        if b.count == 1 { return matches(other.text) }
        guard let firstA = a.first, let firstB = b.first, let lastA = a.last, let lastB = b.last else { return true }
        let beginsAlike = firstA.starts(with: firstB) || firstB.starts(with: firstA)
        let endsAlike =
            lastA.reversed().starts(with: lastB.reversed()) || lastB.reversed().starts(with: lastA.reversed())
        return beginsAlike && endsAlike
    }

    /// The texts between the asterisks.
    private var parts: [Substring.UTF8View] {
        text.utf8.split(separator: 0x2a, omittingEmptySubsequences: false)
    }
}
