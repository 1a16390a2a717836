/// What a ``Pacer`` holds at most, and what it does then.
public struct PacerSettings: Sendable, Hashable {
    /// What becomes of a send that comes when as many wait as may wait.
    public enum WhenFull: Sendable, Hashable {
        /// The newcomer is refused.
        case rejectNewest
        /// Of those that wait with the lowest priority the newest is given up, if the newcomer's is higher; else the
        /// newcomer is refused.
        case dropLowest
    }

    /// Sends that wait at once.
    public var capacity = 10_000
    /// What happens beyond it. Whoever loses throws ``PacingError/Code/queueFull``.
    public var whenFull = WhenFull.rejectNewest
    /// How often a send is tried that the other side asks to come back later, the first time included.
    public var attempts = 5
    /// How long a send waits that says neither how long nor until when; `nil` for as long as it takes.
    public var longestWait: Duration?
    /// Sends of higher priority that pass one that waits for the same limit, in a row, at most.
    public var patience = 8
    /// How much later than the quickest an answer may come before the send is charged once more; `nil` for never.
    ///
    /// The other side counts a send when it arrives, which can be as late as its answer. What came so late counts there
    /// for longer than here. Of those that are late within twelve times this long, one is charged and what was sent
    /// together with it. The first answers of all count as late if they take this long.
    public var lateness: Duration?

    /// 10,000 waiting, the newest refused, five attempts.
    public init() {}
}
