extension CircuitBreaker {
    /// What a breaker does.
    public enum State: Hashable, Sendable {
        /// Everything passes.
        case closed
        /// Nothing passes before that moment; the first who asks from then on is a probe.
        case open(until: Timestamp)
        /// A few pass, and decide by how it goes whether it closes or opens again.
        case halfOpen

        init(_ state: StateMachine.State) {
            self =
                switch state {
                case .closed: .closed
                case .open(let until, _): .open(until: until)
                case .halfOpen: .halfOpen
                }
        }
    }
}

/// A breaker refuses a call, which was not made.
public struct CircuitOpenError: RetryAfterError, Hashable, CustomStringConvertible {
    /// The breaker, or the list whose breakers all refuse.
    public var breaker: String
    /// When it makes sense to ask again.
    public var retryAfter: Duration

    /// A refusal.
    public init(breaker: String, retryAfter: Duration) {
        (self.breaker, self.retryAfter) = (breaker, retryAfter)
    }

    public var description: String {
        "'\(breaker)' has failed too often and is not called now; ask again in \(retryAfter)"
    }
}
