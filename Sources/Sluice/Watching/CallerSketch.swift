internal import Synchronization

/// The callers that are denied most, found in a fixed amount of memory: space-saving sketches, one for each shard of
/// keys, of the running five minutes and of those before.
///
/// A caller is counted in his shard's sketch, which knows sixteen. One that is not among them takes the place of the
/// one with the lowest count, and that count with it as his error: so nobody's count is too low, and none is too high
/// by more than a sixteenth of the shard's denials.
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

    private struct Stripe {
        /// The callers' keys, side by side for the search.
        var keys: [UInt64] = []
        var callers: [Caller] = []
        var before: [Caller] = []
        var total: UInt64 = 0
        var totalBefore: UInt64 = 0
        var end: Int64 = 0

        mutating func turn(at now: Int64) {
            guard now >= end else { return }
            let isNext = now < end.saturatingAdding(CallerSketch.span)
            (before, totalBefore) = isNext ? (callers, total) : ([], 0)
            callers.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
            total = 0
            end = now.saturatingAdding(CallerSketch.span)
        }

        mutating func note(_ key: CellKey, _ counter: RuleCounter, at now: Int64, _ name: () -> String) {
            total += 1
            if let place = keys.firstIndex(of: key.high) {
                callers[place].denied += 1
                callers[place].lastDenied = now
                return
            }
            guard keys.count >= CallerSketch.places else {
                keys.append(key.high)
                return callers.append(
                    Caller(key: key, counter: counter, name: name(), denied: 1, error: 0, lastDenied: now))
            }
            var least = 0
            for place in 1..<CallerSketch.places where callers[place].denied < callers[least].denied { least = place }
            let count = callers[least].denied
            keys[least] = key.high
            callers[least] = Caller(
                key: key, counter: counter, name: name(), denied: count + 1, error: count, lastDenied: now)
        }
    }

    /// A stripe behind its lock, on its own.
    private final class Guarded: Sendable {
        let stripe = Mutex(Stripe())
    }

    private let stripes = (0..<Shards.count).map { _ in Guarded() }

    /// Somebody was denied.
    /// - Parameter name: What he is called; asked for when he is new.
    func note(_ key: CellKey, _ counter: RuleCounter, at now: Int64, _ name: () -> String) {
        stripes[Int(key.low >> 58)].stripe.withLock { stripe in
            stripe.turn(at: now)
            stripe.note(key, counter, at: now, name)
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
                total += stripe.total + stripe.totalBefore
                for caller in stripe.before + stripe.callers {
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
