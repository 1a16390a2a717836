public import Sluice

/// Whatever decides: a limiter in memory, one on Redis, a server. The suite holds all of them to the same laws.
///
/// The moments handed in never go back unless ``canStepBack`` says that they may, and are multiples of
/// ``resolution``. A decider that lives on a time of its own moves it to the moment before it decides, and says
/// when its time begins.
public protocol Decider: Sendable {
    /// The smallest step of time that it tells apart.
    var resolution: Duration { get }
    /// Whether moments may go back.
    var canStepBack: Bool { get }
    /// The earliest moment that it accepts.
    var start: Timestamp { get }

    /// Decides and charges.
    func decide(_ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp) async throws -> Decision
    /// Looks.
    func peek(_ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp) async throws -> Decision
    /// Gives back and tells what a peek says afterwards.
    func refund(_ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp) async throws -> Decision
    /// Corrects what a call was charged and tells what a peek says afterwards.
    func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64, at moment: Timestamp
    ) async throws -> Decision
    /// Closes a rule for the descriptor.
    func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration, at moment: Timestamp
    ) async throws
    /// Opens a rule again.
    func lift(_ policy: String, rule: String, _ descriptor: Descriptor, at moment: Timestamp) async throws
    /// Forgets everything of the descriptor in the policy.
    func reset(_ policy: String, _ descriptor: Descriptor, at moment: Timestamp) async throws
    /// Takes a lease.
    func acquire(
        _ policy: String, _ descriptor: Descriptor, at moment: Timestamp
    ) async throws -> (decision: Decision, lease: Lease?)
    /// Renews a lease and tells whether it was still held.
    func renew(_ lease: Lease, at moment: Timestamp) async throws -> Bool
    /// Releases a lease and tells whether it was still held.
    func release(_ lease: Lease, at moment: Timestamp) async throws -> Bool
    /// Puts other policies in place.
    func replacePolicies(with policies: [Policy]) async throws
}

extension Decider {
    public var resolution: Duration { .nanoseconds(1) }
    public var canStepBack: Bool { false }
    public var start: Timestamp { Timestamp(nanoseconds: 1_700_000_001_234_567_890) }
}
