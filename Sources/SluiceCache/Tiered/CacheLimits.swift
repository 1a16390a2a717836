/// How much may be under way in a cache at once, and how long.
public struct CacheLimits: Sendable, Hashable {
    /// Loads that run at once.
    public var loads = 64
    /// Loads that wait for one of those to end. Beyond it callers get an error; those who join a load do not count.
    public var queuedLoads = 4_096
    /// Callers who wait for loads.
    public var waiters = 65_536
    /// The longest load whose result is kept in the shared tier.
    public var loadTime = Duration.seconds(30)
    /// For how long memory is trusted while nobody can tell it of invalidations: the bound on an answer's age.
    public var blindFor = Duration.milliseconds(100)
    /// For how long an instance has the right to load a name that others want too, or `nil` if each instance loads for
    /// itself. A load that takes longer, or whose instance died, is begun by another one then.
    public var sharedLock: Duration?
    /// How often those who wait for another instance's load look whether it is done.
    public var sharedLockPoll = Duration.milliseconds(20)

    /// The usual bounds.
    public init() {}
}
