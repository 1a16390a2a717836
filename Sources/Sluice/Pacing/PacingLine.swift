internal import DequeModule

/// The sends to one destination, or one send that has none.
struct PacingLine {
    /// Where a line stands.
    enum Place: Equatable {
        /// Nothing waits, one of its sends is being made, or is being asked about.
        case nowhere
        /// It may be asked about.
        case ready
        /// Behind the gate at this place.
        case behind(Int)
    }

    var descriptor: Descriptor
    /// Whether the order is kept, so that one send is made at a time.
    var isOrdered: Bool
    private var queues = [Deque<UInt64>](repeating: [], count: PacingPriority.allCases.count)
    var place = Place.nowhere
    /// The gate that it stands for among the ready.
    var represents: Int?
    /// When it was served last, counted in services.
    var turn: UInt64 = 0
    /// Whether it is its turn whatever waits with a higher priority, until a limit lets it pass.
    var isDue = false
    /// Whether a send is being made.
    var isRunning = false
    /// Whether the first send is being asked about.
    var isAsked = false
    /// Whether its place among the lines is free.
    var isFree = false
    /// The priority under which it stands at its place.
    var standing = PacingPriority.low
    /// The gates it goes through, once somebody has asked for them.
    var gates: [PacingGateID]?

    init(_ descriptor: Descriptor, isOrdered: Bool) {
        self.descriptor = descriptor
        self.isOrdered = isOrdered
    }

    /// The highest priority that waits.
    var priority: PacingPriority? {
        queues.firstIndex { !$0.isEmpty }.flatMap { PacingPriority(rawValue: $0) }
    }

    /// The send whose turn it is.
    var first: UInt64? { priority.flatMap { queues[$0.rawValue].first } }

    mutating func append(_ send: UInt64, _ priority: PacingPriority) { queues[priority.rawValue].append(send) }

    /// Puts a send back where it came from.
    mutating func prepend(_ send: UInt64, _ priority: PacingPriority) { queues[priority.rawValue].prepend(send) }

    /// Takes a send out. Numbers ascend along a queue.
    /// - Complexity: O(1) for the first, else O(length).
    mutating func remove(_ send: UInt64, _ priority: PacingPriority) {
        let level = priority.rawValue
        if queues[level].first == send {
            queues[level].removeFirst()
            return
        }
        var (low, high) = (0, queues[level].count)
        while low < high {
            let middle = (low + high) / 2
            if queues[level][middle] < send { low = middle + 1 } else { high = middle }
        }
        if low < queues[level].count, queues[level][low] == send { queues[level].remove(at: low) }
    }
}
