internal import Synchronization

/// Keeps requests from something that fails, and finds out with a few of them when it works again.
///
/// ```swift
/// switch breaker.ask(at: now) {
/// case .pass(let ticket): // send, then tell breaker.succeeded(ticket, at:) or breaker.failed(ticket, at:)
/// case .refuse(let until): // deny, or decide here
/// }
/// ```
/// Safe to use from any thread. Where everything happens on one event loop, its ``StateMachine`` does without a lock.
package final class Breaker: Sendable {
    private let machine: Mutex<StateMachine>

    /// A closed breaker.
    package init(_ configuration: BreakerConfiguration = .store, at now: Timestamp) {
        machine = Mutex(StateMachine(configuration, at: now))
    }

    /// What the breaker does now.
    package var state: StateMachine.State { machine.withLock { $0.state } }

    /// May a request pass?
    package func ask(at now: Timestamp) -> StateMachine.Answer { machine.withLock { $0.ask(at: now) } }

    /// A request that was let through succeeded.
    package func succeeded(_ ticket: StateMachine.Ticket, at now: Timestamp) {
        machine.withLock { $0.succeeded(ticket, at: now) }
    }

    /// A request that was let through failed.
    package func failed(_ ticket: StateMachine.Ticket, at now: Timestamp) {
        let random = UInt64.random(in: .min ... .max)
        machine.withLock { $0.failed(ticket, at: now, random: random) }
    }

    /// A request that was let through was given up by its caller.
    package func abandoned(_ ticket: StateMachine.Ticket) { machine.withLock { $0.abandoned(ticket) } }
}
