/// What can keep sends from passing for a while: a rule for the values it counts by, or the other side's wish.
enum PacingGateID: Hashable, Sendable {
    case everything
    case destination(Descriptor)
    case rule(RuleName, [String])
}

/// A gate while it is closed, or while lines wait behind it.
struct PacingGate {
    var id: PacingGateID
    /// When it opens, in nanoseconds.
    var opensAt: Int64
    var lanes = PacingLanes()
    /// Whether one of its lines stands among those that may be asked about: the others wait for what becomes of it.
    var isRepresented = false
}
