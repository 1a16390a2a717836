/// What callers of one cell were allowed, and whether any span of time saw more than the limit allows.
///
/// It knows nothing of how anybody decides. An admission happened at some moment between the question and the answer;
/// so what lies in a span with both ends was admitted within it, whatever the moment was. Times are nanoseconds.
struct AdmissionLedger {
    enum Bound {
        /// At most `burst`, and what comes in the span at `count` in `period`.
        case bucket(count: Int64, period: Int64, burst: Int64)
        /// At most `count` in any `period`.
        case log(count: Int64, period: Int64)
        /// At most `count` in each `period` of the server's clock, which is ahead by `offset`.
        case window(count: Int64, period: Int64, offset: Int64)

        /// The most that a span may see; `slack` is how wrong clocks may be on either side.
        func most(from start: Int64, to end: Int64, slack: Int64) -> Int64 {
            switch self {
            case .bucket(let count, let period, let burst):
                return burst + Int64(Int128(end - start + 2 * slack) * Int128(count) / Int128(period))
            case .log(let count, let period): return count * ((end - start + 2 * slack) / period + 1)
            case .window(let count, let period, let offset):
                return count * ((end + slack + offset) / period - (start - slack + offset) / period + 1)
            }
        }

        var period: Int64 {
            switch self {
            case .bucket(let count, let period, let burst): max(period, burst * period / count)
            case .log(_, let period), .window(_, let period, _): period
            }
        }
    }

    private struct Entry {
        var askedAt: Int64
        var answeredAt: Int64
        var units: Int64
    }

    /// How late a refund that nobody confirmed may still reach a server.
    private static let latest: Int64 = 10_000_000_000

    let bound: Bound
    /// How wrong clocks may be.
    let slack: Int64
    private var admissions: [Entry] = []
    private var refunds: [Entry] = []
    /// What was asked before that counts no more, because the store forgot it.
    private(set) var forgivenUntil = Int64.min
    /// The most of its bound that a span has used, in hundredths.
    private(set) var fullest: Int64 = 0

    init(_ bound: Bound, slack: Int64) { (self.bound, self.slack) = (bound, slack) }

    /// The store has lost what it acknowledged.
    mutating func forgive(until moment: Int64) {
        forgivenUntil = max(forgivenUntil, moment)
        admissions.removeAll { $0.askedAt <= forgivenUntil }
    }

    /// Units are given back from some moment on, by whoever has them or not.
    mutating func refund(_ units: Int64, askedAt: Int64) {
        refunds.append(Entry(askedAt: askedAt, answeredAt: askedAt + Self.latest, units: units))
    }

    /// Somebody was allowed.
    /// - Returns: What is wrong with that.
    mutating func admit(_ units: Int64, askedAt: Int64, answeredAt: Int64) -> String? {
        guard askedAt > forgivenUntil, units > 0 else { return nil }
        let place = admissions.lastIndex { $0.askedAt <= askedAt }.map { $0 + 1 } ?? 0
        admissions.insert(Entry(askedAt: askedAt, answeredAt: answeredAt, units: units), at: place)
        let horizon = answeredAt - 3 * bound.period - 1_000_000_000
        while let first = admissions.first, first.askedAt < horizon { admissions.removeFirst() }
        refunds.removeAll { $0.answeredAt < horizon }
        var total: Int64 = 0
        for entry in admissions.reversed() {
            total += entry.units
            let start = entry.askedAt
            let returned = refunds.reduce(0) { $1.askedAt <= answeredAt && $1.answeredAt >= start ? $0 + $1.units : $0 }
            let most = bound.most(from: start, to: answeredAt, slack: slack) + returned
            fullest = max(fullest, total * 100 / max(1, most))
            guard total <= most else {
                return "\(total) units admitted between \(start) and \(answeredAt), \(most) at most"
            }
        }
        return nil
    }
}

/// Leases that are held for certain: from the answer that gave them until they may be over.
struct LeaseLedger {
    private struct Held {
        var until: Int64
    }

    private var held: [UInt64: Held] = [:]
    private(set) var forgivenUntil = Int64.min
    /// The most that were held at once.
    private(set) var most = 0
    let count: Int
    let duration: Int64
    let slack: Int64

    init(count: Int, duration: Int64, slack: Int64) {
        (self.count, self.duration, self.slack) = (count, duration, slack)
    }

    mutating func forgive(until moment: Int64) {
        forgivenUntil = max(forgivenUntil, moment)
        held = [:]
    }

    /// A lease was taken.
    mutating func take(_ lease: UInt64, askedAt: Int64, answeredAt: Int64) -> String? {
        guard askedAt > forgivenUntil else { return nil }
        held[lease] = Held(until: askedAt + duration - slack)
        let certain = held.values.count { $0.until > answeredAt }
        most = max(most, certain)
        held = held.filter { $0.value.until > answeredAt }
        return certain > count ? "\(certain) leases are held, \(count) at most" : nil
    }

    /// A lease was held for longer, or found to be over.
    mutating func renewed(_ lease: UInt64, _ isHeld: Bool, askedAt: Int64, answeredAt: Int64) -> String? {
        guard let known = held[lease] else { return nil }
        if isHeld {
            held[lease] = Held(until: max(known.until, askedAt + duration - slack))
        } else if known.until > answeredAt {
            return "a lease that nobody gave back was over before its time"
        }
        return nil
    }

    /// Somebody gives a lease back: from now on it may be over.
    mutating func releases(_ lease: UInt64) { held[lease] = nil }
}
