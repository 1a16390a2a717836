internal import Synchronization

/// Finds out whether something works again, in place of live traffic.
///
/// While it runs, an open breaker lets no call through until the probe has succeeded. The probe itself is made only
/// once the breaker's wait is over, and by one instance if the breaker is shared; how it goes decides as that of a call
/// would.
/// ```swift
/// let probe = HealthProbe(of: breaker) { try await model.ping() }
/// try await probe.run()
/// ```
/// `run()` is all that a `Service` of swift-service-lifecycle needs.
public struct HealthProbe: Sendable {
    /// What it closes again.
    public let breaker: CircuitBreaker
    private let probe: @Sendable () async throws -> Void

    /// A probe of what a breaker guards.
    /// - Parameter probe: Throws if it does not work. It is cancelled after ``BreakerConfiguration/probeDeadline``, and
    ///   has failed then.
    public init(of breaker: CircuitBreaker, _ probe: @escaping @Sendable () async throws -> Void) {
        (self.breaker, self.probe) = (breaker, probe)
    }

    /// Probes whenever the breaker is not closed, until the task is cancelled; traffic probes again from then on.
    /// - Throws: `CancellationError`.
    public func run() async throws {
        breaker.countHealthProbe(1)
        defer { breaker.countHealthProbe(-1) }
        // Only that something changed is of interest.
        var changes = breaker.changes(keeping: 1).makeAsyncIterator()
        while true {
            try Task.checkCancellation()
            switch breaker.state {
            case .closed: _ = await changes.next()
            case .open(let until) where until > breaker.time.now(): try await breaker.time.sleep(until: until)
            case .open, .halfOpen: try await probeOnce()
            }
        }
    }

    private func probeOnce() async throws {
        let start: Timestamp
        let ticket: CircuitBreaker.StateMachine.Ticket
        switch await breaker.answer(for: .healthProbe) {
        case (.refuse(let until), _): return try await breaker.time.sleep(until: until)
        case (.pass(let given), let moment): (start, ticket) = (moment, given)
        }
        do {
            try await probeInTime()
            breaker.settle(ticket, since: start, .success)
        } catch {
            // A probe that was cut off at its deadline has failed, whatever it throws then.
            let isTooLate = breaker.time.now() - start >= breaker.configuration.probeDeadline
            let verdict: FailureVerdict = isTooLate ? .failure : breaker.verdict(error)
            breaker.settle(ticket, since: start, Task.isCancelled ? .ignored : verdict)
            try Task.checkCancellation()
        }
    }

    /// Runs the probe until its deadline.
    private func probeInTime() async throws {
        let time = breaker.time
        let deadline = time.now() + breaker.configuration.probeDeadline
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await probe() }
            group.addTask {
                try await time.sleep(until: deadline)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

extension CircuitBreaker {
    /// Counts the health probes that run.
    fileprivate func countHealthProbe(_ difference: Int) {
        inside.withLock { inside in
            inside.healthProbes += difference
            inside.standing.machine.hasHealthProbe = inside.healthProbes > 0
        }
    }
}
