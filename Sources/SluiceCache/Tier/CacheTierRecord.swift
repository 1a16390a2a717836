/// A value as a tier keeps it.
public struct CacheTierRecord: Sendable, Hashable {
    /// The value's bytes, or `nil` for the knowledge that there is none.
    public var content: [UInt8]?
    /// For how long it is fresh from now on; below zero once it is stale.
    public var freshFor: Duration
    /// For how long it is kept after that.
    public var keptStaleFor: Duration
    /// What loading it took.
    public var loadTime: Duration
    /// Tells one value of a name from the next.
    public var version: UInt64
    /// The tags that it was kept with.
    public var tags: [String]
    /// What was read: the numbers that ``NameHasher`` gives the tags that it was kept with, whoever did that.
    public var marks: [UInt64] = []

    /// A value to be kept.
    public init(
        content: [UInt8]?, freshFor: Duration, keptStaleFor: Duration = .zero, loadTime: Duration = .zero,
        version: UInt64 = .random(in: 1 ... .max), tags: [String] = []
    ) {
        self.content = content
        self.freshFor = freshFor
        self.keptStaleFor = keptStaleFor
        self.loadTime = loadTime
        self.version = version
        self.tags = tags
    }
}

/// What a tier knew of a name at one moment.
public struct CacheTierReading: Sendable {
    /// The value, if it has one that holds.
    public var record: CacheTierRecord?
    /// What the tier compares when it is filled, in a form of its own.
    public var stamp: [UInt8]

    /// What a tier answers.
    public init(record: CacheTierRecord?, stamp: [UInt8] = []) {
        self.record = record
        self.stamp = stamp
    }
}
