/// What a cache has done since it was made.
public struct CacheStatistics: Sendable, Hashable {
    /// Answers from memory, stale ones among them.
    public var hits: Int = 0
    /// Questions that memory could not answer.
    public var misses: Int = 0
    /// Entries that memory dropped to make room.
    public var evictions: Int = 0
    /// Answers that were stale: while a fresh value was fetched, or because it could not be.
    public var staleServed: Int = 0

    /// Values that the shared tier had.
    public var sharedHits: Int = 0
    /// Questions that the shared tier could not answer.
    public var sharedMisses: Int = 0
    /// Questions and changes that the shared tier did not answer, or with what cannot be read.
    public var sharedFailures: Int = 0
    /// Values that were fetched and not kept by the shared tier, because something had changed meanwhile.
    public var sharedRefusals: Int = 0

    /// Values fetched from the source.
    public var loads: Int = 0
    /// Fetches that threw.
    public var failedLoads: Int = 0
    /// What all fetches took together.
    public var loadTime: Duration = .zero
    /// Questions that waited for a fetch that somebody else had begun.
    public var joined: Int = 0
    /// Values that were fetched ahead of their time.
    public var earlyRefreshes: Int = 0
    /// Values that were fetched and not kept in memory, because they were invalidated meanwhile.
    public var overtaken: Int = 0
    /// Questions that were refused because too many waited.
    public var refused: Int = 0
    /// Invalidations, this instance's own and those of others.
    public var invalidations: Int = 0
    /// How often the line was lost on which other instances tell of invalidations.
    public var linesLost: Int = 0

    /// Nothing done yet.
    public init() {}

    /// Hits of a hundred questions; zero before the first.
    public var hitPercent: Double { Self.percent(hits, misses) }

    /// What the shared tier had of a hundred questions that reached it; zero before the first.
    public var sharedHitPercent: Double { Self.percent(sharedHits, sharedMisses) }

    private static func percent(_ hits: Int, _ misses: Int) -> Double {
        hits + misses == 0 ? 0 : 100 * Double(hits) / Double(hits + misses)
    }
}
