internal import Synchronization

/// Keeps calls from something that fails, and finds out with a few of them when it works again.
///
/// ```swift
/// let breaker = CircuitBreaker("model")
/// do {
///     let answer = try await breaker.run { try await model.complete(prompt) }
/// } catch let refusal as CircuitOpenError {
///     reply("Again in \(refusal.retryAfter)")
/// }
/// ```
/// It is *closed* while what it guards works: everything passes. Failures in a row, or too large a share of them,
/// *open* it: nothing passes until a wait is over, which doubles each time. Then it is *half open*: a few calls pass as
/// probes. If all of them succeed it closes, and the waits begin anew; if one fails it opens for longer.
///
/// With a ``BreakerStore`` all instances that use the same name agree. Safe to use from any thread; a call through a
/// closed breaker costs two short locks. It remembers no more than two counts, however many calls there are.
///
/// Sources: M. Nygard, "Release It!", 2007; the states are those of resilience4j, Polly and Envoy.
public final class CircuitBreaker: Sendable {
    /// What it guards; instances that share a store agree by this name, and events and metrics carry it.
    public let name: String
    /// When it opens, for how long, and what closes it.
    public let configuration: BreakerConfiguration
    /// The time line that it lives on.
    public let time: TimeSource
    let verdict: @Sendable (any Error) -> FailureVerdict
    let sharing: BreakerSharing?
    let inside: Mutex<Inside>
    private let random: @Sendable () -> UInt64

    struct Inside: ~Copyable {
        var standing: Standing
        var listeners = Listeners<Event>()
        /// Who wants to ask the store while it is being asked.
        var waiters = Listeners<Void>()
        var healthProbes = 0
    }

    /// A closed breaker.
    /// - Parameters:
    ///   - name: What it guards: at most 200 bytes.
    ///   - sharing: Where instances agree, and how soon; `nil` for this instance alone.
    ///   - verdict: What an error says of whoever was called.
    public convenience init(
        _ name: String, _ configuration: BreakerConfiguration = BreakerConfiguration(),
        sharing: BreakerSharing? = nil, time: TimeSource = .system,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual
    ) {
        self.init(
            name, configuration, sharing: sharing, time: time, verdict: verdict,
            random: { UInt64.random(in: .min ... .max) })
    }

    /// A closed breaker, and where its chance comes from: 64 random bits each time.
    package init(
        _ name: String, _ configuration: BreakerConfiguration, sharing: BreakerSharing? = nil, time: TimeSource,
        verdict: @escaping @Sendable (any Error) -> FailureVerdict = FailureVerdict.usual,
        random: @escaping @Sendable () -> UInt64
    ) {
        precondition((1...Self.longestName).contains(name.utf8.count), "a breaker's name has 1 to 200 bytes")
        (self.name, self.configuration, self.sharing, self.time) = (name, configuration, sharing, time)
        (self.verdict, self.random) = (verdict, random)
        inside = Mutex(Inside(standing: Standing(configuration, sharing, at: time.now())))
    }

    deinit { inside.withLock { $0.listeners.finish() } }

    /// How long a name may be, in bytes.
    public static let longestName = 200

    /// What it does now, as this instance knows it.
    public var state: State { inside.withLock { State($0.standing.machine.state) } }

    /// Does something if it may pass, and learns from how it goes.
    ///
    /// A call that is cancelled says nothing. One that takes longer than ``BreakerConfiguration/slowAfter`` counts as a
    /// failure, but what it returns is returned.
    /// - Throws: ``CircuitOpenError`` without having called, or what `body` throws.
    public func run<Success>(_ body: () async throws -> Success) async throws -> Success {
        let start: Timestamp
        let ticket: StateMachine.Ticket
        switch await answer(for: .traffic) {
        case (.refuse(let until), _): throw refusal(until: until)
        case (.pass(let given), let moment): (start, ticket) = (moment, given)
        }
        do {
            let success = try await body()
            settle(ticket, since: start, .success)
            return success
        } catch {
            settle(ticket, since: start, Task.isCancelled ? .ignored : verdict(error))
            throw error
        }
    }

    /// Opens it for a time, whatever it has seen. Instances that share a store follow.
    public func open(for duration: Duration) {
        change { $0.machine.open(until: $1 + duration, waits: 1) }
    }

    /// Closes it, whatever it has seen. Instances that share a store follow.
    public func reset() {
        change { $0.machine.close(at: $1) }
    }

    /// May somebody pass? Asks the store before if it is time to.
    /// - Returns: What he is told, and when.
    func answer(for asker: StateMachine.Asker) async -> (StateMachine.Answer, at: Timestamp) {
        if sharing != nil { await agree(for: asker) }
        return change { ($0.ask(at: $1, for: asker), $1) }
    }

    /// Tells how a call went that was let through.
    func settle(_ ticket: StateMachine.Ticket, since start: Timestamp, _ verdict: FailureVerdict) {
        change { standing, now in
            let isSlow = configuration.slowAfter.map { now - start >= $0 } ?? false
            switch verdict {
            case .failure(let retryAfter):
                standing.machine.failed(ticket, at: now, random: random(), retryAfter: retryAfter)
            case .success where isSlow: standing.machine.failed(ticket, at: now, random: random())
            case .success: standing.machine.succeeded(ticket, at: now)
            case .ignored: standing.machine.abandoned(ticket, at: now)
            }
        }
    }

    func refusal(until: Timestamp) -> CircuitOpenError {
        CircuitOpenError(breaker: name, retryAfter: max(until - time.now(), .zero))
    }

    /// Changes the state, tells the listeners, and has the store told if there is something to tell.
    @discardableResult
    private func change<Result: Sendable>(_ change: (inout Standing, Timestamp) -> Result) -> Result {
        let (result, isNews) = inside.withLock { inside in
            // Read inside of the lock, so that moments do not go back from one change to the next.
            let now = time.now()
            let before = State(inside.standing.machine.state)
            let result = change(&inside.standing, now)
            let after = State(inside.standing.machine.state)
            if before != after { inside.listeners.tell(Event(name, now, .changed(from: before, to: after))) }
            return (result, inside.standing.hasNews)
        }
        if isNews { Task { await tellNews() } }
        return result
    }
}
