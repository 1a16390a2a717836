/// What a rule does to a caller who keeps being denied.
public struct Penalty: Hashable, Sendable {
    /// The kind of penalty.
    public enum Kind: Hashable, Sendable {
        /// Denied for `duration`, doubled each time up to `maximum`.
        case ban(duration: Duration, maximum: Duration)
        /// The limit halves, down to 1/16, and recovers one step each `recovery`.
        case shrink(recovery: Duration)
    }

    /// The kind of penalty.
    public var kind: Kind
    /// How many denials bring it on; at most 16,383, and 0 if none ever do.
    public var denials: Int
    /// Within which span; by default the limit's own period, or a day for a calendar quota.
    public var window: Duration?

    /// After `denials` within `window`: banned for `duration`, doubling with each ban up to `maximum`.
    ///
    /// A caller who stays clear for `maximum` after a ban has ended starts anew.
    public static func ban(
        _ duration: Duration, after denials: Int = 1, within window: Duration? = nil, maximum: Duration? = nil
    ) -> Penalty {
        Penalty(
            kind: .ban(duration: duration, maximum: maximum ?? duration), denials: denials, window: window)
    }

    /// After `denials` within `window` the limit halves, down to 1/16; each `recovery` doubles it again.
    public static func shrink(
        after denials: Int = 1, within window: Duration? = nil, recovery: Duration = .hours(1)
    ) -> Penalty {
        Penalty(kind: .shrink(recovery: recovery), denials: denials, window: window)
    }

    /// No denial brings it on: the rule is closed only by hand, with ``Limiter/hold(_:rule:_:for:at:)``.
    ///
    /// For a rule whose key another party closes for a while: a server that answers with `Retry-After`, an operator.
    public static let onHold = ban(.nanoseconds(1), after: 0)
}
