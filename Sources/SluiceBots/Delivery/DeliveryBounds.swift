/// How many updates may wait, and how many may be handled at once.
public struct DeliveryBounds: Sendable, Hashable {
    /// So many wait at most; what comes then is refused, so that the platform sends it again.
    public var waiting: Int
    /// So many of one lane wait at most, so that one chat's flood does not take the room of all others.
    public var waitingPerLane: Int
    /// So many are handled at once at most, each of another lane.
    public var running: Int

    /// Bounds, each at least 1.
    public init(waiting: Int = 20_000, waitingPerLane: Int = 1_000, running: Int = 1_000) {
        precondition(waiting >= 1 && waitingPerLane >= 1 && running >= 1, "bounds begin at 1")
        self.waiting = waiting
        self.waitingPerLane = waitingPerLane
        self.running = running
    }
}

/// What becomes of an offered update.
public enum DeliveryOffer: Sendable, Hashable {
    /// It will be handled.
    case accepted
    /// As many wait as may wait; later it may be taken.
    case full
    /// No more is taken: it is for another instance, or for the next start.
    case stopping
}
