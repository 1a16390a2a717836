/// When a breaker opens, for how long it stays open, and what closes it again.
package struct BreakerConfiguration: Hashable, Sendable {
    /// So many failures in a row open it; at least 1.
    package var failuresInARow: Int
    /// So many failures of a hundred results open it, once ``leastResults`` have come within ``window``.
    package var failurePercent: Int
    /// Fewer results than these within ``window`` say nothing about a share.
    package var leastResults: Int
    /// Over which span the share of failures is taken: a result is counted for at least half of it, at most all of it.
    package var window: Duration
    /// The ceiling of the first wait; each further one doubles it.
    package var firstWait: Duration
    /// The ceiling that the doubling ends at.
    package var longestWait: Duration
    /// How many requests a half-open breaker lets through, all of which must succeed; at least 1.
    package var probes: Int
    /// How long a probe may take before others are sent in its place.
    package var probeDeadline: Duration

    /// A breaker for a store that is asked thousands of times a second.
    package static let store = BreakerConfiguration()

    /// A configuration; what is left out is right for a store that is asked thousands of times a second.
    package init(
        failuresInARow: Int = 5, failurePercent: Int = 50, leastResults: Int = 20, window: Duration = .seconds(10),
        firstWait: Duration = .milliseconds(100), longestWait: Duration = .seconds(10), probes: Int = 3,
        probeDeadline: Duration = .seconds(2)
    ) {
        precondition(failuresInARow >= 1 && leastResults >= 1 && probes >= 1, "a breaker counts from one")
        precondition(firstWait > .zero && longestWait >= firstWait && window > .zero && probeDeadline > .zero)
        self.failuresInARow = failuresInARow
        self.failurePercent = failurePercent
        self.leastResults = leastResults
        self.window = window
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.probes = probes
        self.probeDeadline = probeDeadline
    }

    /// How long to stay open after `waits` earlier ones: full jitter, so that many who saw one fault at the same
    /// moment do not come back at the same moment. Source: M. Brooker, "Exponential Backoff And Jitter", AWS
    /// Architecture Blog, 2015.
    /// - Parameter random: 64 random bits.
    func wait(after waits: Int, random: UInt64) -> Duration {
        let doubled = firstWait.wholeNanoseconds.saturatingMultiplied(by: 1 << Int64(min(waits, 62)))
        let ceiling = UInt64(min(doubled, longestWait.wholeNanoseconds))
        return .nanoseconds(Int64(ceiling.multipliedFullWidth(by: random).high) + 1)
    }
}
