/// Where instances agree on the state of breakers.
///
/// A store holds a little record for each name and changes it in one step; ``MemoryBreakerStore`` is for one process,
/// and `RedisBreakerStore` of the module `SluiceRedis` for many.
public protocol BreakerStore: Sendable {
    /// Carries out one step on the record of a name, as no other instance does at the same moment.
    /// - Throws: Whatever keeps it from answering; the instance goes by what it sees itself then.
    func agree(on name: String, _ request: BreakerRequest) async throws -> BreakerAgreement
}

/// What an instance wants the others to agree to.
public struct BreakerRequest: Hashable, Sendable {
    /// What it wants.
    public enum Operation: Hashable, Sendable {
        /// To know.
        case look
        /// To open, or to stay open, for a time. Granted if nothing has happened that the instance does not know.
        case open(for: Duration)
        /// To probe, and to be the only one for a time. Granted if it is open, its time is over and nobody probes; or
        /// if the store knows nothing.
        case probe(within: Duration)
        /// To close. Granted if nothing has happened that the instance does not know.
        case close
    }

    /// What it wants.
    public var operation: Operation
    /// The number of the last change that it knows of; 0 if it knows of none.
    public var generation: Int64
    /// How often the breaker has opened since it was last closed, as far as the instance knows.
    public var waits: Int
    /// How long the record is kept after it is of no more use.
    public var keep: Duration

    /// A wish.
    public init(_ operation: Operation, generation: Int64, waits: Int, keep: Duration) {
        (self.operation, self.generation, self.waits, self.keep) = (operation, generation, waits, keep)
    }
}

/// What the instances agree on.
public struct BreakerAgreement: Hashable, Sendable {
    /// The number of the last change; 0 if the store knows of none.
    public var generation: Int64
    /// For how long calls are refused, because the breaker is open or somebody else probes. Zero if somebody may probe
    /// now; `nil` if the breaker is closed.
    public var refusedFor: Duration?
    /// How often the breaker has opened since it was last closed.
    public var waits: Int
    /// Whether the instance's wish is fulfilled.
    public var isGranted: Bool

    /// An agreement.
    public init(generation: Int64, refusedFor: Duration?, waits: Int, isGranted: Bool) {
        (self.generation, self.refusedFor, self.waits, self.isGranted) = (generation, refusedFor, waits, isGranted)
    }
}

/// With whom a breaker agrees, and how soon.
public struct BreakerSharing: Sendable {
    /// Where instances agree.
    public var store: any BreakerStore
    /// What an instance knows of the others is at most so old when it lets a call through; one round trip for each
    /// breaker in such a time, and only while it is asked.
    public var staleness: Duration

    /// Sharing through a store.
    /// - Precondition: `staleness` is above zero.
    public init(_ store: any BreakerStore, staleness: Duration = .seconds(1)) {
        precondition(staleness > .zero, "no instance can know of the others without delay")
        (self.store, self.staleness) = (store, staleness)
    }
}
