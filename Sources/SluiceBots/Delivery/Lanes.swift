/// Which of many waiting items may be handled now: those of one lane one after another in the order they came, others
/// side by side, the lane that has waited longest first. No lock, no clock, no task.
///
/// Every operation takes amortized O(1).
package struct Lanes<Item: Sendable>: Sendable {
    /// An item to be handled now. Its lane is to be told when it is done.
    package struct Work: Sendable {
        package var item: Item
        package var lane: String?
    }

    /// A lane is here as long as something of it waits or is handled. It stands among the ready ones exactly if
    /// something waits and nothing is handled.
    private struct Lane: Sendable {
        var waiting = Line<Item>()
        var isRunning = false
    }

    private enum Turn: Sendable {
        case lane(String)
        /// An item without a lane waits for nothing but its turn.
        case alone(Item)
    }

    private let bounds: DeliveryBounds
    private var lanes: [String: Lane] = [:]
    private var ready = Line<Turn>()
    /// How many wait.
    package private(set) var waiting = 0
    /// How many are handled.
    package private(set) var running = 0
    /// Whether no more is taken.
    package private(set) var isDraining = false

    package init(_ bounds: DeliveryBounds) { self.bounds = bounds }

    /// Whether nothing waits, nothing is handled, and nothing more will come.
    package var isDrained: Bool { isDraining && waiting == 0 && running == 0 }

    /// How many lanes are kept.
    package var laneCount: Int { lanes.count }

    /// Whether ``next()`` has something.
    package var hasNext: Bool { running < bounds.running && !ready.isEmpty }

    /// Takes an item, if there is room.
    package mutating func offer(_ item: Item, lane: String?) -> DeliveryOffer {
        guard !isDraining else { return .stopping }
        guard waiting < bounds.waiting else { return .full }
        guard let lane else {
            ready.append(.alone(item))
            waiting += 1
            return .accepted
        }
        guard lanes[lane]?.waiting.count ?? 0 < bounds.waitingPerLane else { return .full }
        // A lane that is kept is handled or stands among the ready ones already.
        if lanes[lane] == nil { ready.append(.lane(lane)) }
        lanes[lane, default: Lane()].waiting.append(item)
        waiting += 1
        return .accepted
    }

    /// The next item to be handled; `nil` if none waits whose lane is free, or as many are handled as may be.
    package mutating func next() -> Work? {
        guard running < bounds.running, let turn = ready.popFirst() else { return nil }
        waiting -= 1
        running += 1
        switch turn {
        case .alone(let item): return Work(item: item, lane: nil)
        case .lane(let name):
            guard let item = lanes[name]?.waiting.popFirst() else {
                preconditionFailure("a lane stands among the ready ones only while something of it waits")
            }
            lanes[name]?.isRunning = true
            return Work(item: item, lane: name)
        }
    }

    /// An item of this lane is done.
    package mutating func finish(_ name: String?) {
        precondition(running > 0, "nothing is handled that could be done")
        running -= 1
        guard let name else { return }
        if lanes[name]?.waiting.isEmpty != false {
            lanes[name] = nil
        } else {
            lanes[name]?.isRunning = false
            ready.append(.lane(name))
        }
    }

    /// Takes no more; what waits is still handled.
    package mutating func drain() { isDraining = true }

    /// Takes no more, and forgets what waits.
    /// - Returns: How many were forgotten.
    package mutating func abandon() -> Int {
        isDraining = true
        ready = Line()
        lanes = lanes.filter { $0.value.isRunning }.mapValues { _ in Lane(isRunning: true) }
        defer { waiting = 0 }
        return waiting
    }
}
