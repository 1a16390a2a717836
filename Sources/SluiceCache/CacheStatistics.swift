/// What a cache has done since it was made.
public struct CacheStatistics: Sendable, Hashable {
    /// Answers from memory.
    public var hits: Int = 0
    /// Questions that memory could not answer.
    public var misses: Int = 0
    /// Values fetched from the source.
    public var loads: Int = 0
    /// Fetches that threw.
    public var failedLoads: Int = 0

    /// Nothing done yet.
    public init() {}

    /// Hits of a hundred questions; zero before the first.
    public var hitPercent: Double { hits + misses == 0 ? 0 : 100 * Double(hits) / Double(hits + misses) }
}
