import NIOCore
import RESP
import Sluice
import Synchronization

/// What a connection has yet to be told, in the order of its requests: decisions that a store elsewhere is asked for,
/// and replies that stand behind them.
///
/// Sendable: used only on `eventLoop`.
final class PendingReplies: @unchecked Sendable {
    /// A piece of what is to be told.
    enum Entry {
        case bytes([UInt8])
        case awaited(PendingReply)
    }

    let eventLoop: any EventLoop
    /// Called once after decisions were made, however many of them were made at once.
    var onAnswers: (() -> Void)?
    private var entries = CircularBuffer<Entry>()
    private var decisions = 0
    private var bytes = 0
    private let maximumDecisions: Int
    private let maximumBytes: Int
    private var isNoticeScheduled = false
    private let counters: RESPCounters?

    /// - Parameter counters: Told how long decisions have taken, and which failed.
    init(eventLoop: any EventLoop, _ configuration: RESPConfiguration, _ counters: RESPCounters? = nil) {
        self.counters = counters
        self.eventLoop = eventLoop
        maximumDecisions = configuration.pendingDecisions
        maximumBytes = configuration.replyBytes
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Whether requests have to wait until something has been told.
    var isFull: Bool { decisions >= maximumDecisions || bytes >= maximumBytes }

    /// Whether the front can be told.
    var isFrontKnown: Bool {
        switch entries.first {
        case .bytes: true
        case .awaited(let reply): reply.content != nil
        case nil: false
        }
    }

    func append(_ reply: PendingReply) {
        entries.append(.awaited(reply))
        decisions += 1
    }

    /// Adds replies that are made but stand behind others.
    func append(_ replies: UnsafeRawBufferPointer) {
        guard !replies.isEmpty else { return }
        entries.append(.bytes(Array(replies)))
        bytes += replies.count
    }

    /// Takes the front if it can be told.
    func popKnown() -> Entry? {
        guard isFrontKnown, let entry = entries.popFirst() else { return nil }
        switch entry {
        case .bytes(let replies): bytes -= replies.count
        case .awaited(let reply):
            decisions -= 1
            counters?.durations.record(nanoseconds: (.now() - reply.begunAt).nanoseconds)
            if case .fault(let fault)? = reply.content, fault.code == .storeFailed {
                counters?.faults.add(1, ordering: .relaxed)
            }
        }
        return entry
    }

    /// Nobody is left to be told.
    func close() {
        onAnswers = nil
        entries.removeAll()
        (decisions, bytes) = (0, 0)
    }

    /// One notice for all decisions of a turn of the event loop, so that their replies leave with one write.
    func scheduleNotice() {
        eventLoop.preconditionInEventLoop()
        guard !isNoticeScheduled, onAnswers != nil else { return }
        isNoticeScheduled = true
        eventLoop.execute {
            self.isNoticeScheduled = false
            self.onAnswers?()
        }
    }
}
