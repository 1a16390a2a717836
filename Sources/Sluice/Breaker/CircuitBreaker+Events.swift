internal import Synchronization

extension CircuitBreaker {
    /// Something that happened to a breaker.
    public struct Event: Hashable, Sendable {
        /// What happened.
        public enum Kind: Hashable, Sendable {
            /// It does something else now; open to open is a longer wait.
            case changed(from: State, to: State)
            /// The store does not answer: this instance goes by what it sees itself.
            case sharingLost(String)
            /// The store answers again.
            case sharingRestored
        }

        /// The breaker, when, and what.
        public let breaker: String
        public let moment: Timestamp
        public let kind: Kind

        init(_ breaker: String, _ moment: Timestamp, _ kind: Kind) {
            (self.breaker, self.moment, self.kind) = (breaker, moment, kind)
        }
    }

    /// How many events wait for a listener who does not take them; the oldest are dropped.
    public static let mostEvents = 64

    /// What happens from now on, in its order, until the breaker is gone. Each call makes a sequence of its own.
    public var events: AsyncStream<Event> { changes(keeping: Self.mostEvents) }

    /// What happens from now on, of which the newest are kept for a listener who does not take them.
    func changes(keeping most: Int) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(most))
        let id = inside.withLock { $0.listeners.add(continuation) }
        continuation.onTermination = { [weak self] _ in self?.inside.withLock { $0.listeners.remove(id) } }
        return stream
    }

    /// Whoever listens.
    ///
    /// What happens is handed over under the breaker's lock, which keeps it in order: it runs nobody's code, but
    /// wakes whoever waits.
    struct Listeners<Element: Sendable> {
        private var continuations: [UInt64: AsyncStream<Element>.Continuation] = [:]
        private var nextID: UInt64 = 0

        mutating func add(_ continuation: AsyncStream<Element>.Continuation) -> UInt64 {
            nextID += 1
            continuations[nextID] = continuation
            return nextID
        }

        mutating func remove(_ id: UInt64) { continuations[id] = nil }

        func tell(_ element: Element) {
            for continuation in continuations.values { continuation.yield(element) }
        }

        /// Ends all sequences. What they would remove themselves from is no longer there.
        mutating func finish() {
            for continuation in continuations.values {
                continuation.onTermination = nil
                continuation.finish()
            }
            continuations = [:]
        }
    }
}
