/// When a breaker opens, for how long it stays open, and what closes it again.
public struct BreakerConfiguration: Hashable, Sendable {
    /// So many failures in a row open it; at least 1. `Int.max` to judge by the share alone.
    public var failuresInARow: Int
    /// So many failures of a hundred results open it, once ``leastResults`` have come within ``window``. Above 100 to
    /// judge by failures in a row alone.
    public var failurePercent: Int
    /// Fewer results than these within ``window`` say nothing about a share.
    public var leastResults: Int
    /// Over which span the share of failures is taken: a result is counted for at least half of it, at most all of it.
    public var window: Duration
    /// A call that takes longer counts as a failure even if it succeeds; `nil` if no call is too slow.
    public var slowAfter: Duration?
    /// For how long it opens each time that it opens again before it was closed.
    public var backOff: BackOff
    /// The longest that a server's own word of when to come back is obeyed.
    public var longestRetryAfter: Duration
    /// How many requests a half-open breaker lets through, all of which must succeed; at least 1.
    public var probes: Int
    /// How long a probe may take before others are sent in its place.
    public var probeDeadline: Duration

    /// A breaker for a store that is asked thousands of times a second.
    package static let store = BreakerConfiguration(
        backOff: BackOff(first: .milliseconds(100), longest: .seconds(10)), probes: 3, probeDeadline: .seconds(2))

    /// A breaker for an endpoint; what is left out is right for one that is called a few times a second.
    /// - Precondition: Counts are at least 1, spans above zero.
    public init(
        failuresInARow: Int = 5, failurePercent: Int = 50, leastResults: Int = 20, window: Duration = .seconds(10),
        slowAfter: Duration? = nil, backOff: BackOff = .endpoint, longestRetryAfter: Duration = .hours(1),
        probes: Int = 1, probeDeadline: Duration = .seconds(30)
    ) {
        precondition(failuresInARow >= 1 && leastResults >= 1 && probes >= 1, "a breaker counts from one")
        precondition(failurePercent >= 1, "a share of 0 % would open a breaker that nothing fails")
        precondition(window > .zero && probeDeadline > .zero && slowAfter ?? window > .zero, "spans are above zero")
        precondition(longestRetryAfter >= .zero, "a longest wait is not below zero")
        (self.failuresInARow, self.failurePercent, self.leastResults) = (failuresInARow, failurePercent, leastResults)
        (self.window, self.slowAfter, self.backOff) = (window, slowAfter, backOff)
        (self.longestRetryAfter, self.probes, self.probeDeadline) = (longestRetryAfter, probes, probeDeadline)
    }
}
