public import Sluice

/// What guards and paces calls of others.
extension MetricsReporter {
    /// Reports a breaker's state from the next report on: 0 closed, 1 half open, 2 open.
    /// - Parameter name: The value of the label `name`; by default the breaker's own name. Of several breakers of one
    ///   name the highest state is told.
    public func add(_ breaker: CircuitBreaker, named name: String? = nil) {
        keep(BreakerSource(breaker: breaker, name: name ?? breaker.name))
    }

    /// Reports the breakers of all endpoints of a list from the next report on, by their own names.
    public func add<Endpoint: Sendable>(_ list: FailoverList<Endpoint>) {
        for breaker in list.breakers { add(breaker) }
    }

    /// Reports from the next report on how many sends wait for a pacer, and how many may.
    ///
    /// What its limits decide is the limiter's to tell: add `Pacer.limiter` as well.
    /// - Parameter name: The value of the label `pacer`.
    public func add<Limits: LimiterProtocol>(_ pacer: Pacer<Limits>, named name: String) {
        keep(PacerSource(pacer: pacer, name: name))
    }

    /// Reports from the next report on how many messages a batcher has taken, how many wait, and how many may.
    /// - Parameter name: The value of the label `batcher`.
    public func add<Chat: Hashable & Sendable, Message: Sendable>(
        _ batcher: MessageBatcher<Chat, Message>, named name: String
    ) {
        keep(BatcherSource(batcher: batcher, name: name))
    }
}
