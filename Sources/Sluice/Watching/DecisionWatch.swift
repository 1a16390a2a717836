internal import Synchronization

/// Sees decisions as they are made, for those who look on: who is denied most, what was denied last, and whatever
/// somebody has asked to be told of. Until somebody does, it sees nothing and costs a glance at a number.
package final class DecisionWatch: Sendable {
    /// What is looked at.
    enum Level: UInt8 {
        case nothing, denials, everything
    }

    /// Denials kept to be told later.
    package static let recentCapacity = 1_024
    /// How many of them are taken in a tenth of a second: the last of a flood say no more than the first.
    private static let recentPerSlice = 64
    private static let slice: Int64 = 100_000_000
    /// The longest name of a caller.
    private static let longestName = 128

    private struct Recent {
        var events: [DecisionEvent] = []
        var next = 0
        var slice: Int64 = 0
        var taken = 0

        /// Whether one more may be taken.
        mutating func mayTake(at now: Int64) -> Bool {
            let current = now / DecisionWatch.slice
            if current != slice { (slice, taken) = (current, 0) }
            taken += 1
            return taken <= DecisionWatch.recentPerSlice
        }

        mutating func append(_ event: DecisionEvent) {
            if events.count < DecisionWatch.recentCapacity {
                events.append(event)
            } else {
                events[next] = event
                next = (next + 1) % DecisionWatch.recentCapacity
            }
        }
    }

    private let current = Atomic<UInt8>(Level.nothing.rawValue)
    private let named = Atomic<Bool>(false)
    private let sketch = CallerSketch()
    private let recent = Mutex(Recent())
    private let subscriptions = Mutex<[EventSubscription]>([])
    /// Whether denials are watched while nobody has subscribed.
    private let keepsDenials = Atomic<Bool>(false)
    /// Until then no more denials are kept: enough of this moment are.
    private let keepsNextAt = Atomic<Int64>(.min)
    /// How long decisions took: in memory of one in 256, on Redis of all.
    package let durations = DurationHistogram()

    private let dropped = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)

    /// A full store has dropped a cell before it had expired.
    func noteDropped() { dropped.add(1, ordering: .relaxed) }
    /// A full store had no room for a charge.
    func noteRefused() { refused.add(1, ordering: .relaxed) }

    var droppedCells: UInt64 { dropped.load(ordering: .relaxed) }
    var refusedCharges: UInt64 { refused.load(ordering: .relaxed) }

    /// What is looked at now.
    @inline(__always)
    func sees(_ level: Level) -> Bool { current.load(ordering: .relaxed) >= level.rawValue }

    /// Whether a denial may go unseen: in a flood most do, but for the first of a moment, and unless somebody wants to
    /// see everything.
    @inline(__always)
    func passesOver(_ now: Int64) -> Bool {
        sketch.passesOver(now) && now < keepsNextAt.load(ordering: .relaxed) && !sees(.everything)
    }

    /// Whether callers are named.
    package var namesCallers: Bool { named.load(ordering: .relaxed) && sees(.denials) }

    /// Begins to keep who is denied.
    /// - Parameter namingCallers: Whether with the values that rules count by, or with their hash alone.
    package func keepDenials(namingCallers: Bool) {
        named.store(namingCallers, ordering: .relaxed)
        keepsDenials.store(true, ordering: .relaxed)
        settleLevel()
    }

    /// Begins to tell of decisions; it ends with ``unsubscribe(_:)``.
    package func subscribe(_ filter: EventFilter) -> EventSubscription {
        let subscription = EventSubscription(filter)
        subscriptions.withLock { $0.append(subscription) }
        settleLevel()
        return subscription
    }

    package func unsubscribe(_ subscription: EventSubscription) {
        subscriptions.withLock { $0.removeAll { $0 === subscription } }
        settleLevel()
    }

    private func settleLevel() {
        subscriptions.withLock { subscriptions in
            let level: Level =
                !subscriptions.isEmpty ? .everything : keepsDenials.load(ordering: .relaxed) ? .denials : .nothing
            current.store(level.rawValue, ordering: .relaxed)
        }
    }

    /// What a decision was about.
    struct Subject {
        var counter: RuleCounter
        var key: CellKey
        var cost: Int64
    }

    /// A decision was made.
    /// - Parameters:
    ///   - policy: Asked for only where an event is wanted.
    ///   - name: The values that its rule counts by; asked for only where callers are named.
    @inline(__always)
    func note(
        _ decision: Decision, _ subject: Subject, of policy: @autoclosure () -> String, at now: Int64,
        name: () -> String
    ) {
        let isKept = !decision.isAllowed && keepsDenials.load(ordering: .relaxed)
        if isKept, !sketch.passesOver(now) {
            sketch.note(subject.key, subject.counter, at: now) {
                named.load(ordering: .relaxed) ? Self.short(name()) : ""
            }
        }
        // Of a flood nothing more is wanted until the next moment; that is the usual case.
        guard sees(.everything) || (isKept && now >= keepsNextAt.load(ordering: .relaxed)) else { return }
        tell(decision, subject, of: policy(), isKept: isKept, at: now, name: name)
    }

    @inline(never)
    private func tell(
        _ decision: Decision, _ subject: Subject, of policy: String, isKept: Bool, at now: Int64, name: () -> String
    ) {
        let caller = named.load(ordering: .relaxed) ? Self.short(name()) : Self.digits(of: subject.key)
        let event = Self.event(decision, subject, of: policy, by: caller, at: now)
        if isKept { keep(event, at: now) }
        if sees(.everything) { for subscription in subscriptions.withLock({ $0 }) { subscription.offer(event) } }
    }

    /// Keeps a denial, if not too many were kept at the same time.
    private func keep(_ event: DecisionEvent, at now: Int64) {
        recent.withLock { recent in
            guard recent.mayTake(at: now) else {
                let next = (now / Self.slice + 1) * Self.slice
                return keepsNextAt.store(next, ordering: .relaxed)
            }
            recent.append(event)
        }
    }

    private static func short(_ name: String) -> String {
        // No character is shorter than a byte, and bytes are counted without looking at them.
        name.utf8.count <= longestName ? name : String(name.prefix(longestName))
    }

    private static func event(
        _ decision: Decision, _ subject: Subject, of policy: String, by caller: String, at now: Int64
    ) -> DecisionEvent {
        var event = DecisionEvent(
            time: Timestamp(nanoseconds: now), policy: policy, rule: decision.rule?.description ?? "",
            outcome: decision.counted, caller: caller, cost: subject.cost, isDegraded: decision.isDegraded)
        if decision.rule != nil { (event.limit, event.remaining) = (decision.limit, decision.remaining) }
        if case .denied(let denial) = decision { event.retryAfter = denial.retryAfter }
        return event
    }

    /// The hash of the values that a rule counts by: the same for all rules that count by them.
    static func digits(of key: CellKey) -> String {
        let digits = String(key.low, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The denials kept, the oldest first.
    package var recentDenials: [DecisionEvent] {
        recent.withLock { Array($0.events[$0.next...] + $0.events[..<$0.next]) }
    }

    /// Those denied most in the last five to ten minutes.
    func mostDenied(at now: Int64) -> (callers: [CallerSketch.Caller], total: UInt64) { sketch.mostDenied(at: now) }
}

/// Somebody who is often denied.
package struct DeniedCaller: Sendable, Hashable {
    package var policy: String
    package var rule: String
    /// The values that the rule counts by, or 16 hexadecimal digits of their hash.
    package var caller: String
    /// How often he was denied, at most.
    package var denied: UInt64
    /// How much that may be too high.
    package var error: UInt64
    package var lastDenied: Timestamp
}

extension MemoryStore {
    /// Those denied most in the last five to ten minutes, most denied first, and how many denials there were at all.
    package func mostDenied(at now: Timestamp) -> (callers: [DeniedCaller], total: UInt64) {
        let (callers, total) = watch.mostDenied(at: now.nanoseconds)
        return (callers.map(denied), total)
    }

    private func denied(_ caller: CallerSketch.Caller) -> DeniedCaller {
        let name = counters.name(of: caller.counter)
        return DeniedCaller(
            policy: name.policy, rule: name.rule,
            caller: caller.name.isEmpty ? DecisionWatch.digits(of: caller.key) : caller.name, denied: caller.denied,
            error: caller.error, lastDenied: Timestamp(nanoseconds: caller.lastDenied))
    }
}
