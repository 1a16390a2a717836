import SluiceTesting

/// All that happens in a simulation: one thread, one clock, one order of events, which follows from the seed.
///
/// Of what is due at the same moment any may come first. So every run is another schedule, and the same seed is the
/// same run.
///
/// Sendable: nothing leaves the thread that runs the simulation; the promise is made for those who are handed it as
/// part of an event loop.
final class SimulatedWorld: @unchecked Sendable {
    /// What happens at a moment.
    private struct Event {
        let moment: Int64
        let lot: UInt64
        let action: () -> Void

        func comes(before other: Event) -> Bool {
            moment != other.moment ? moment < other.moment : lot < other.lot
        }
    }

    let seed: UInt64
    var random: SplitMix64
    /// The true time, in nanoseconds. No program and no server in here knows it.
    private(set) var now: Int64 = 0
    /// Events so far.
    private(set) var steps = 0
    /// A number that follows from everything that was noted, in its order.
    private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    /// The law that was broken first, and how.
    private(set) var violation: String?
    /// The event loop whose thread it is at the moment.
    var running: SimulatedEventLoop?
    /// A heap: no event comes before its parent.
    private var events: [Event] = []
    private var carriedOut: Set<UInt64> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
    }

    /// Has something happen after a while.
    func after(_ delay: Int64, _ action: @escaping () -> Void) { at(now + delay, action) }

    /// Has something happen at a moment, or now if that has passed.
    func at(_ moment: Int64, _ action: @escaping () -> Void) {
        events.append(Event(moment: max(moment, now), lot: random.next(), action: action))
        var child = events.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard events[child].comes(before: events[parent]) else { break }
            events.swapAt(child, parent)
            child = parent
        }
    }

    /// Lets the next event happen.
    /// - Returns: Whether there was one.
    func step() -> Bool {
        guard let event = removeFirst() else { return false }
        now = event.moment
        steps += 1
        note(UInt64(bitPattern: now))
        event.action()
        return true
    }

    /// Lets events happen until a condition holds, a law is broken, or a moment has come.
    func run(until end: Int64, or isOver: () -> Bool = { false }) {
        while violation == nil, let next = events.first, next.moment <= end, !isOver() { _ = step() }
        if violation == nil, !isOver() { now = max(now, end) }
    }

    private func removeFirst() -> Event? {
        guard let first = events.first else { return nil }
        let last = events.removeLast()
        guard !events.isEmpty else { return first }
        events[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < events.count {
                if events[child].comes(before: events[least]) { least = child }
            }
            guard least != parent else { return first }
            events.swapAt(parent, least)
            parent = least
        }
    }

    /// Puts a number into the digest (FNV-1a by words).
    func note(_ number: UInt64) { digest = (digest ^ number) &* 0x100_0000_01b3 ^ digest >> 29 }

    /// A server carries out a request that has this number; each is sent once, whatever happens to it.
    func carriesOut(_ number: UInt64) {
        if !carriedOut.insert(number).inserted { breaks("a request was carried out twice") }
    }

    /// A law was broken. Only the first is kept: others follow from it.
    func breaks(_ law: String) {
        guard violation == nil else { return }
        violation = "\(law), at \(now) ns, step \(steps)"
    }

    /// True about once in so many cases.
    func once(in cases: Int64) -> Bool { random.number(in: 1...cases) == 1 }
}
