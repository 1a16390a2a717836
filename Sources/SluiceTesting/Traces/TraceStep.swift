public import Sluice

/// What one request asks.
public struct TraceRequest: Sendable, Hashable, CustomStringConvertible {
    /// The policy's name.
    public var policy: String
    /// What the request is about.
    public var descriptor: Descriptor
    /// What it costs.
    public var cost: Int64

    /// A request.
    public init(_ policy: String, _ descriptor: Descriptor, cost: Int64 = 1) {
        (self.policy, self.descriptor, self.cost) = (policy, descriptor, cost)
    }

    public var description: String {
        let values = descriptor.entries.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return "\(policy) cost \(cost) \(values)"
    }
}

/// One step of a trace.
///
/// Times are told by what happened before (a wait, the moment the last denial named), so that a trace reaches the
/// boundaries of whatever decider it is played on, and a part of a trace is a trace.
public enum TraceStep: Sendable, Hashable {
    /// Decides and charges.
    case decide(TraceRequest)
    /// Looks.
    case peek(TraceRequest)
    /// Gives back.
    case refund(TraceRequest)
    /// Corrects what a call of the request's cost has really cost.
    case settle(TraceRequest, actual: Int64)
    /// Closes a rule for nanoseconds.
    case hold(TraceRequest, rule: String, span: Int64)
    /// Opens a rule again.
    case lift(TraceRequest, rule: String)
    /// Forgets.
    case reset(TraceRequest)
    /// Takes a lease.
    case acquire(TraceRequest)
    /// Renews one of the leases taken so far.
    case renew(Int)
    /// Releases one of the leases taken so far.
    case release(Int)
    /// Lets nanoseconds pass.
    case wait(Int64)
    /// Waits for the moment that the last denial named, and some nanoseconds, which may be negative.
    case waitForRetry(offset: Int64)
    /// Waits for the next multiple of a period, and some nanoseconds, which may be negative.
    case waitForMultiple(of: Int64, offset: Int64)
    /// Puts other policies in place.
    case replacePolicies([Policy])
    /// Sets the clock back by nanoseconds.
    case stepBack(Int64)
    /// Holds the decider to law 3: one millisecond before `retryAfter` nothing passes, at `retryAfter` it does.
    case probeRetry(TraceRequest)
    /// Holds the decider to law 3: exactly `remaining` calls of cost 1 pass.
    case probeRemaining(TraceRequest)
}
