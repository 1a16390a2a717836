/// Where several instances keep values together, below the memory of each: Redis.
///
/// A tier knows names and bytes. Whatever it throws is counted and taken for "does not have it"; only whoever
/// invalidates is told.
///
/// What a tier promises: ``fill(_:with:after:)`` keeps nothing if its name, one of its tags, or a pattern that it
/// matches was invalidated since the reading; and whoever reads after an invalidation has returned does not get what
/// was there before it.
public protocol CacheTier: Sendable {
    /// How names become numbers, the same in all instances.
    var hasher: NameHasher { get }

    /// Begins to tell of what other instances invalidate. Called once, before everything else.
    func begin(_ listener: @escaping @Sendable (CacheTierEvent) -> Void)

    /// What is known of a name.
    /// - Parameter tags: The tags that a value which is loaded after this will have.
    func read(_ name: String, tags: [String]) async throws -> CacheTierReading

    /// Keeps what was loaded after a reading, unless something has changed since.
    /// - Returns: Whether it is kept.
    func fill(_ name: String, with record: CacheTierRecord, after reading: CacheTierReading) async throws -> Bool

    /// Keeps a value whatever was there, and has all other instances forget what they have.
    func write(_ name: String, _ record: CacheTierRecord, tags: [String]) async throws

    /// Forgets, and has all other instances forget. It holds once this returns.
    func invalidate(_ scope: CacheScope) async throws

    /// Takes the right to load a name, for a while at most.
    /// - Returns: What gives it back, or `nil` if another instance has it.
    func lock(_ name: String, for duration: Duration) async throws -> CacheTierLock?

    /// Gives the right to load a name back.
    func unlock(_ lock: CacheTierLock) async

    /// Ends it. What is asked of it afterwards fails.
    func shutDown() async
}

/// What an invalidation forgets.
public enum CacheScope: Sendable, Hashable {
    /// One name.
    case name(String)
    /// All values that were kept with a tag.
    case tag(String)
    /// All names that match a pattern, in which `*` stands for any text.
    case matching(String)
    /// All names.
    case everything
}

/// What a tier hears of.
public enum CacheTierEvent: Sendable, Hashable {
    /// From now on invalidations of other instances arrive.
    case connected
    /// They do not arrive any more; some may have been missed already.
    case lost
    /// Another instance has invalidated something.
    case invalidated(CacheMark)
}

/// What an invalidation of another instance forgets here, by the numbers that ``NameHasher`` gives names and tags.
public enum CacheMark: Sendable, Hashable {
    /// One name, or all values with a tag.
    case name(UInt64)
    case tag(UInt64)
    /// All names that match a pattern.
    case matching(String)
    /// All names.
    case everything
}

/// The right to load a name.
public struct CacheTierLock: Sendable, Hashable {
    /// What was locked, and the number that proves whose lock it is.
    public var name: String
    public var token: UInt64

    /// A lock that a tier gives.
    public init(name: String, token: UInt64) {
        self.name = name
        self.token = token
    }
}
