/// SKELETON
public final class MemoryStore: Sendable {
    public static let defaultCapacity = 1 << 24
    public init(capacity: Int = defaultCapacity) {}
    /// Cells held now, expired ones not yet reclaimed included.
    public var count: Int { fatalError() }
    public var capacity: Int { fatalError() }
    /// Bytes of memory in use for cells and logs.
    public var bytes: Int { fatalError() }
    /// Reclaims expired cells, visiting at most about `budget` slots; call it now and then when idle.
    public func sweep(budget: Int, at now: Timestamp) { fatalError() }
}

extension Limiter {
    /// Written aside, checksummed, renamed.
    public func writeSnapshot(to path: String) throws(SluiceError) { fatalError() }
    /// Cells whose policy or rule no longer exists are simply never asked for again and expire.
    public func restoreSnapshot(from path: String) throws(SluiceError) { fatalError() }
}
