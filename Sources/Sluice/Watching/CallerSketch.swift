internal import Synchronization

/// The callers that are denied most, found in a fixed amount of memory: space-saving sketches, one for each shard of
/// keys, of the running five minutes and of those before.
///
/// A caller is counted in his shard's sketch, which knows sixteen. One that is not among them takes the place of the
/// one with the lowest count, and that count with it as his error: so nobody's count is too low, and none is too high
/// by more than a sixteenth of the shard's denials.
///
/// In a flood, from about the 65,536th denial of the five minutes on, one denial in 32 is counted, for all of them:
/// looking on must not cost most where most come. Which one is said by the moment, to the nanosecond. Such counts are
/// estimates, off by less than twelve times their square root 19 times out of 20.
/// Source: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005).
final class CallerSketch: Sendable {
    /// Somebody who was denied.
    struct Caller: Sendable {
        var key: CellKey
        var counter: RuleCounter
        var name: String
        /// How often, at most.
        var denied: UInt64
        /// How much that may be too high.
        var error: UInt64
        /// In nanoseconds.
        var lastDenied: Int64
    }

    /// How many callers a shard's sketch knows.
    static let places = 16
    /// How long a sketch counts before it is put by.
    static let span: Int64 = 300_000_000_000
    /// How many denials one that is counted in a flood stands for.
    static let floodWeight: Int64 = 32
    /// From how many denials of a span in one shard on there is a flood.
    private let floodBegin: UInt64
    /// Until when there is a flood.
    private let floodEnd = Atomic<Int64>(.min)

    /// What a place of a sketch holds beside its key and its count.
    private struct Detail {
        var low: UInt64
        var counter: RuleCounter
        var error: UInt64
        var lastDenied: Int64
        var name: String
    }

    /// One sketch. Its keys and counts lie side by side, since each denial looks through all of them.
    ///
    /// Invariant: the first `count` of `keys`, `counts` and `details` are initialized, and `count <= places`.
    /// Sendable: nobody else has its memory.
    private struct Sketch: ~Copyable, @unchecked Sendable {
        let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * CallerSketch.places)
        var counts: UnsafeMutablePointer<UInt64> { keys + CallerSketch.places }
        let details = UnsafeMutablePointer<Detail>.allocate(capacity: CallerSketch.places)
        var count = 0
        var total: UInt64 = 0

        deinit {
            details.deinitialize(count: count)
            details.deallocate()
            keys.deallocate()
        }

        mutating func clear() {
            details.deinitialize(count: count)
            (count, total) = (0, 0)
        }

        @inline(__always)
        mutating func note(
            _ key: CellKey, _ counter: RuleCounter, times: UInt64, at now: Int64, _ name: () -> String
        ) {
            total &+= times
            for place in 0..<count where keys[place] == key.high {
                counts[place] &+= times
                details[place].lastDenied = now
                return
            }
            guard count == CallerSketch.places else {
                (keys + count).initialize(to: key.high)
                (counts + count).initialize(to: times)
                (details + count).initialize(
                    to: Detail(low: key.low, counter: counter, error: 0, lastDenied: now, name: name()))
                count &+= 1
                return
            }
            let place = least
            let error = counts[place]
            keys[place] = key.high
            counts[place] = error &+ times
            details[place] = Detail(low: key.low, counter: counter, error: error, lastDenied: now, name: name())
        }

        /// The first place of those with the lowest count.
        private var least: Int {
            var least = 0
            var lowest = counts[0]
            for place in 1..<CallerSketch.places where counts[place] < lowest {
                (least, lowest) = (place, counts[place])
            }
            return least
        }

        var callers: [Caller] {
            (0..<count).map { place in
                let detail = details[place]
                return Caller(
                    key: CellKey(high: keys[place], low: detail.low), counter: detail.counter, name: detail.name,
                    denied: counts[place], error: detail.error, lastDenied: detail.lastDenied)
            }
        }
    }

    /// The sketch of the running span and the one before.
    private struct Stripe: ~Copyable, Sendable {
        var running = Sketch()
        var before = Sketch()
        var end: Int64 = 0

        mutating func turn(at now: Int64) {
            guard now >= end else { return }
            if now < end.saturatingAdding(CallerSketch.span) { swap(&running, &before) } else { before.clear() }
            running.clear()
            end = now.saturatingAdding(CallerSketch.span)
        }
    }

    /// A stripe behind its lock, on its own.
    private final class Guarded: Sendable {
        let stripe = Mutex(Stripe())
    }

    init(floodBegin: UInt64 = 1_024) { self.floodBegin = floodBegin }

    private let stripes = (0..<Shards.count).map { _ in Guarded() }

    /// Whether there is a flood, and a denial at this moment one of those that are not counted.
    @inline(__always)
    func passesOver(_ now: Int64) -> Bool {
        now < floodEnd.load(ordering: .relaxed) && (now &>> 4) & (Self.floodWeight &- 1) != 0
    }

    /// Somebody was denied at a moment that is not passed over.
    /// - Parameter name: What he is called; asked for when he is new.
    @inline(__always)
    func note(_ key: CellKey, _ counter: RuleCounter, at now: Int64, _ name: () -> String) {
        let times = now < floodEnd.load(ordering: .relaxed) ? UInt64(Self.floodWeight) : 1
        stripes[Int(key.low >> 58)].stripe.withLock { stripe in
            stripe.turn(at: now)
            stripe.running.note(key, counter, times: times, at: now, name)
            if stripe.running.total > floodBegin { floodEnd.store(stripe.end, ordering: .relaxed) }
        }
    }

    /// Those denied most in the last five to ten minutes, most denied first, and how many denials there were at all.
    /// - Complexity: O(places · shards · log).
    func mostDenied(at now: Int64) -> (callers: [Caller], total: UInt64) {
        var found: [CellKey: Caller] = [:]
        var total: UInt64 = 0
        for guarded in stripes {
            guarded.stripe.withLock { stripe in
                stripe.turn(at: now)
                total += stripe.running.total + stripe.before.total
                for caller in stripe.before.callers + stripe.running.callers {
                    guard var known = found[caller.key] else {
                        found[caller.key] = caller
                        continue
                    }
                    known.denied += caller.denied
                    known.error += caller.error
                    known.lastDenied = max(known.lastDenied, caller.lastDenied)
                    found[caller.key] = known
                }
            }
        }
        let callers = found.values.sorted {
            $0.denied != $1.denied ? $0.denied > $1.denied : $0.key.low < $1.key.low
        }
        return (callers, total)
    }
}
