extension CircuitBreaker {
    /// What somebody is told who asks whether he may call.
    public enum Answer: ~Copyable, Sendable {
        /// He may, and tells how it went.
        case pass(Permit)
        /// He may not.
        case refuse(CircuitOpenError)
    }

    /// Permission for one call. Whoever drops it without a word has given the call up, which says nothing.
    public struct Permit: ~Copyable, Sendable {
        private let breaker: CircuitBreaker
        private let ticket: StateMachine.Ticket
        private let start: Timestamp
        private var isTold = false

        fileprivate init(_ breaker: CircuitBreaker, _ ticket: StateMachine.Ticket, since start: Timestamp) {
            (self.breaker, self.ticket, self.start) = (breaker, ticket, start)
        }

        deinit {
            if !isTold { breaker.settle(ticket, since: start, .ignored) }
        }

        /// The call succeeded. If it took too long it counts as a failure.
        public consuming func succeeded() { tell(.success) }

        /// The call failed.
        /// - Parameter retryAfter: When to come back, if the server said so.
        public consuming func failed(retryAfter: Duration? = nil) { tell(.failure(retryAfter: retryAfter)) }

        private consuming func tell(_ verdict: FailureVerdict) {
            isTold = true
            breaker.settle(ticket, since: start, verdict)
        }
    }

    /// May a call be made? For callers whose calls are not one function; ``run(_:)`` is simpler.
    public func ask() async -> Answer {
        switch await answer(for: .traffic) {
        case (.pass(let ticket), let moment): .pass(Permit(self, ticket, since: moment))
        case (.refuse(let until), _): .refuse(refusal(until: until))
        }
    }
}
