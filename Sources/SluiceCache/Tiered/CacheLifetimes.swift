/// For how long values are fresh, and what becomes of them afterwards.
public struct CacheLifetimes: Sendable, Hashable {
    /// For how long memory answers before the shared tier is asked again; without a tier, how long a value is fresh.
    public var memory: Duration
    /// For how long a value is fresh, if there is a shared tier; ``Loaded/freshFor`` of a load overrides it.
    public var shared: Duration
    /// For how long it is remembered that the source has no value.
    public var absent: Duration
    /// For how long an error of the loader is remembered, in this instance only; by default not at all.
    public var failure = Duration.zero
    /// For how long a stale value is answered at once, while a fresh one is fetched behind it.
    public var staleWhileRevalidate = Duration.zero
    /// For how long a stale value is answered when the source fails.
    public var staleIfError = Duration.zero
    /// How eagerly values are fetched before they get stale, so that not everybody has to wait at that moment: 0 for
    /// never, 1 as is usual, more for earlier.
    ///
    /// Each copy draws the moment once: the end of freshness, less the load's duration × this × an exponentially
    /// distributed number. Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede
    /// Prevention" (2015), where each read draws; here a hit needs no random number.
    public var earlyRefresh = 0.0
    /// By how much of it a value's lifetime is shortened at random, so that what was loaded together does not get stale
    /// together.
    public var jitter = 0.1

    /// Lifetimes; by default a tenth of a second in memory and five minutes in the shared tier.
    /// - Parameter absent: `nil` for a tenth of `shared`.
    public init(
        memory: Duration = .milliseconds(100), shared: Duration = .seconds(300), absent: Duration? = nil
    ) {
        self.memory = memory
        self.shared = shared
        self.absent = absent ?? shared / 10
    }

    /// For how long a value is of any use once it is stale.
    var longestStale: Duration { max(staleWhileRevalidate, staleIfError) }
}
