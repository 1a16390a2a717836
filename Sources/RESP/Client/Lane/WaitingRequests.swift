import NIOCore

/// A request of a lane on its way.
struct LaneRequest {
    let bytes: ByteBuffer
    let slot: HashSlot?
    let deadline: NIODeadline
    let completion: ReplyCompletion
    var redirection = Redirection()
}

/// Requests that wait for a topology, or for a pause to end. Few: nothing waits here while all is well.
struct WaitingRequests {
    private struct Entry {
        var request: LaneRequest
        /// When it goes on, or nil if it waits for the topology.
        var due: NIODeadline?

        var wakeUp: NIODeadline { due.map { min($0, request.deadline) } ?? request.deadline }
    }

    private var entries: [Entry] = []
    private let bound: Int

    init(bound: Int) { self.bound = bound }

    var count: Int { entries.count }

    /// When something is to be taken out at the latest.
    private(set) var wakeUp = NIODeadline.distantFuture

    /// - Returns: Whether there was room.
    mutating func add(_ request: LaneRequest, until due: NIODeadline?) -> Bool {
        guard entries.count < bound else { return false }
        let entry = Entry(request: request, due: due)
        entries.append(entry)
        wakeUp = min(wakeUp, entry.wakeUp)
        return true
    }

    /// Takes out what is due and what is too late, in the order in which it came.
    ///
    /// - Complexity: O(requests that wait).
    mutating func take(now: NIODeadline) -> (due: [LaneRequest], late: [LaneRequest]) {
        var due: [LaneRequest] = []
        var late: [LaneRequest] = []
        var kept: [Entry] = []
        wakeUp = .distantFuture
        for entry in entries {
            if entry.request.deadline <= now {
                late.append(entry.request)
            } else if let moment = entry.due, moment <= now {
                due.append(entry.request)
            } else {
                kept.append(entry)
                wakeUp = min(wakeUp, entry.wakeUp)
            }
        }
        entries = kept
        return (due, late)
    }

    /// Takes out what waits for the topology, in the order in which it came.
    mutating func takeUntimed() -> [LaneRequest] {
        let untimed = entries.filter { $0.due == nil }.map(\.request)
        entries.removeAll { $0.due == nil }
        wakeUp = entries.map(\.wakeUp).min() ?? .distantFuture
        return untimed
    }

    /// Takes out everything.
    mutating func takeAll() -> [LaneRequest] {
        defer {
            entries = []
            wakeUp = .distantFuture
        }
        return entries.map(\.request)
    }
}
