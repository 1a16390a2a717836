internal import Synchronization

/// What somebody is told of decisions being made: at most so many at a time, and how many more there were.
package final class EventSubscription: Sendable {
    /// The most events that wait to be taken.
    package static let capacity = 1_024

    let filter: EventFilter
    private let state = Mutex((events: [DecisionEvent](), lost: 0))

    init(_ filter: EventFilter) { self.filter = filter }

    func offer(_ event: DecisionEvent) {
        guard filter.accepts(event) else { return }
        state.withLock { state in
            if state.events.count < Self.capacity { state.events.append(event) } else { state.lost += 1 }
        }
    }

    /// Takes what has come since the last time.
    package func take() -> (events: [DecisionEvent], lost: Int) {
        state.withLock { state in
            defer { state = ([], 0) }
            return (state.events, state.lost)
        }
    }
}
