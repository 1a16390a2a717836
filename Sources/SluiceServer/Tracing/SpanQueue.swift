import DequeModule
import Synchronization

/// Spans that have ended and wait to be sent: so many at most, since traces must never cost decisions.
final class SpanQueue: Sendable {
    /// What became of spans so far.
    struct Counts: Sendable {
        var sent: UInt64 = 0
        /// Lost, because more came than could be sent.
        var dropped: UInt64 = 0
    }

    private struct State {
        var waiting = Deque<RecordedSpan.Record>()
        var counts = Counts()
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    var counts: Counts { state.withLock { $0.counts } }
    var count: Int { state.withLock { $0.waiting.count } }

    func append(_ span: RecordedSpan.Record) {
        state.withLock { state in
            if state.waiting.count < capacity {
                state.waiting.append(span)
            } else {
                state.counts.dropped += 1
            }
        }
    }

    /// The oldest, for sending.
    func take(_ most: Int) -> [RecordedSpan.Record] {
        state.withLock { state in (0..<min(most, state.waiting.count)).compactMap { _ in state.waiting.popFirst() } }
    }

    /// They were sent.
    func sent(_ count: Int) { state.withLock { $0.counts.sent += UInt64(count) } }

    /// They were refused for good.
    func lost(_ count: Int) { state.withLock { $0.counts.dropped += UInt64(count) } }

    /// They could not be sent now: they wait at the front, as far as there is room.
    func putBack(_ spans: [RecordedSpan.Record]) {
        state.withLock { state in
            let room = max(0, capacity - state.waiting.count)
            state.waiting.prepend(contentsOf: spans.suffix(room))
            state.counts.dropped += UInt64(max(0, spans.count - room))
        }
    }
}
