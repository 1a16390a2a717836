import Sluice

/// What became of some decisions.
struct Tally: Codable, Sendable {
    var allowed = 0
    var denied = 0
    /// Decided without Redis, whatever the decision was: here an error.
    var degraded = 0

    mutating func count(_ decision: Decision) {
        if decision.isDegraded {
            degraded += 1
        } else if decision.isAllowed {
            allowed += 1
        } else {
            denied += 1
        }
    }

    static func += (sum: inout Tally, other: Tally) {
        sum.allowed += other.allowed
        sum.denied += other.denied
        sum.degraded += other.degraded
    }
}
