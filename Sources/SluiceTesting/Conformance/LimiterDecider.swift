public import Sluice

/// A limiter as the suite sees it.
public struct LimiterDecider: Decider {
    /// Where the limiter takes its time from.
    public enum Clock: Sendable {
        /// Each call says when it is.
        case given
        /// The limiter asks its own time source, which is moved to the moment before each call.
        case own(ManualTime)
    }

    /// The limiter.
    public let limiter: Limiter
    private let clock: Clock

    /// A limiter that is told the time with each call.
    public init(_ limiter: Limiter) {
        self.limiter = limiter
        clock = .given
    }

    /// A limiter that lives on `time`.
    public init(_ policies: [Policy], store: MemoryStore = MemoryStore(), on time: ManualTime) throws {
        limiter = try Limiter(policies, store: store, time: .provided(by: time))
        clock = .own(time)
    }

    public var canStepBack: Bool { true }

    private func moved(to moment: Timestamp) -> Timestamp? {
        switch clock {
        case .given: return moment
        case .own(let time):
            time.set(to: moment)
            return nil
        }
    }

    public func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        try limiter.decide(policy, descriptor, cost: cost, at: moved(to: moment))
    }

    public func peek(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        try limiter.peek(policy, descriptor, cost: cost, at: moved(to: moment))
    }

    public func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        try limiter.refund(policy, descriptor, cost: cost, at: moved(to: moment))
    }

    public func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64, at moment: Timestamp
    ) async throws -> Decision {
        try limiter.settle(policy, descriptor, estimate: estimate, actual: actual, at: moved(to: moment))
    }

    public func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration, at moment: Timestamp
    ) async throws {
        try limiter.hold(policy, rule: rule, descriptor, for: duration, at: moved(to: moment))
    }

    public func lift(_ policy: String, rule: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        _ = moved(to: moment)
        try limiter.lift(policy, rule: rule, descriptor)
    }

    public func reset(_ policy: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        _ = moved(to: moment)
        try limiter.reset(policy, descriptor)
    }

    public func acquire(
        _ policy: String, _ descriptor: Descriptor, at moment: Timestamp
    ) async throws -> (decision: Decision, lease: Lease?) {
        try limiter.acquire(policy, descriptor, at: moved(to: moment))
    }

    public func renew(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        limiter.renew(lease, at: moved(to: moment))
    }

    public func release(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        limiter.release(lease, at: moved(to: moment))
    }

    public func replacePolicies(with policies: [Policy]) async throws {
        try limiter.replacePolicies(with: policies)
    }
}
