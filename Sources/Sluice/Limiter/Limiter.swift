/// SKELETON: signatures are final, bodies follow.
public final class Limiter: Sendable {
    public let store: MemoryStore
    public init(_ policies: [Policy], store: MemoryStore = MemoryStore(), time: TimeSource = .system) throws(SluiceError) { fatalError() }
    public convenience init(store: MemoryStore = MemoryStore(), time: TimeSource = .system, @ListBuilder<Policy> policies: () -> [Policy]) throws(SluiceError) { try self.init(policies(), store: store, time: time) }
    /// Checks policies without making a limiter.
    public static func validate(_ policies: [Policy]) throws(SluiceError) { fatalError() }
    public var policies: [Policy] { fatalError() }
    public func now() -> Timestamp { fatalError() }
    public func policy(_ name: String) throws(SluiceError) -> PolicyHandle { fatalError() }
    public func replacePolicies(with policies: [Policy]) throws(SluiceError) { fatalError() }
    public func decide(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> Decision { fatalError() }
    public func peek(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> Decision { fatalError() }
    /// Gives back; returns what a peek says afterwards.
    public func refund(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> Decision { fatalError() }
    public func reset(_ policy: String, _ descriptor: Descriptor) throws(SluiceError) { fatalError() }
    /// decide (or peek, if `charging` is false) with each applying rule's own outcome
    public func explain(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, charging: Bool = true, at now: Timestamp? = nil) throws(SluiceError) -> (decision: Decision, rules: [RuleOutcome]) { fatalError() }
    public func acquire(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> (decision: Decision, lease: Lease?) { fatalError() }
    /// Whether the lease was still held.
    public func renew(_ lease: Lease, at now: Timestamp? = nil) -> Bool { fatalError() }
    public func release(_ lease: Lease, at now: Timestamp? = nil) -> Bool { fatalError() }
    public func waitUntilAllowed(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1, upTo longest: Duration) async throws -> Decision { fatalError() }
    /// redis-cell's decision on a bare key.
    package func throttle(key: UnsafeRawBufferPointer, maxBurst: Int64, count: Int64, periodSeconds: Int64, quantity: Int64, at now: Timestamp) -> ThrottleReply { fatalError() }
}

/// A policy looked up once. Thread-safe, cheap to copy. Calls check one atomic generation and fall back to a lookup by name after a reload.
public struct PolicyHandle: Sendable {
    public var name: String { fatalError() }
    /// The policy as of the lookup.
    public var policy: Policy { fatalError() }
    public func decide(_ descriptor: Descriptor, cost: Int64 = 1, at now: Timestamp? = nil) throws(SluiceError) -> Decision { fatalError() }
    /// The hot path: the policy counts by one key, whose value is `value`.
    public func decide(_ value: String, cost: Int64 = 1, at now: Timestamp? = nil) -> Decision { fatalError() }
    /// The transports' path: key names and values as bytes where they lie. Throws for >16 entries or >1 KiB key/value.
    package func decide(_ entries: UnsafeBufferPointer<RawEntry>, _ operation: RawOperation, cost: Int64, at now: Timestamp) throws(SluiceError) -> Decision { fatalError() }
}

package enum RawOperation: Sendable { case decide, peek, refund, reset }

package struct RawEntry {
    package var key: UnsafeRawBufferPointer
    package var value: UnsafeRawBufferPointer
    package init(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) { self.key = key; self.value = value }
}

/// A held slot. Its text (`description`) is an opaque URL-safe token; `init(_ text:)` reads it back.
public struct Lease: Hashable, Sendable, LosslessStringConvertible {
    public init?(_ description: String) { fatalError() }
    public var description: String { fatalError() }
    /// Until renewed or released.
    public var duration: Duration { fatalError() }
}

package struct ThrottleReply: Sendable {
    package var isLimited: Bool
    package var limit: Int64
    package var remaining: Int64
    /// nanoseconds; -1 when allowed or never
    package var retryAfterNanoseconds: Int64
    package var resetAfterNanoseconds: Int64
}
