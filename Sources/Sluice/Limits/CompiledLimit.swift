/// A limit's numbers, worked out once, in a form without references.
///
/// Each algorithm is a method in a file of its own: a pure function of cell, cost and time, and for those that
/// keep more than a cell holds also of the shard's slab.
package struct CompiledLimit {
    package internal(set) var id: LimitID = .none
    package internal(set) var algorithm: Algorithm
    /// How many; for a token bucket the numerator of the rate and the denominator of all its fractions.
    package internal(set) var count: Int64
    /// The period, window, gap or lease in nanoseconds.
    package internal(set) var period: Int64
    /// What a caller is told as the limit: the burst of a token bucket, else the count.
    package internal(set) var capacity: Int64
    /// Token bucket: the nanoseconds that one token takes. Penalty: the longest ban.
    package internal(set) var emission = Fraction(whole: 0, part: 0)
    /// Token bucket: the nanoseconds that a whole burst takes.
    package internal(set) var tolerance = Fraction(whole: 0, part: 0)
    /// Whether products of the capacity, the count and the period stay below 2⁶³.
    var isSmall = false
    package internal(set) var extends = false
    /// Sliding log: bytes of an entry.
    var entryBytes = 0
    /// Quota: where periods end. Kept alive by the registry.
    var calendar: Unmanaged<CalendarPeriods>?

    package enum Algorithm: UInt8, Sendable {
        case tokenBucket, slidingLog, slidingWindow, fixedWindow, quota, cooldown, debounce, concurrency
        case unlimited, penalty
    }

    /// Whole nanoseconds and `count`-ths of one.
    package struct Fraction {
        package var whole: Int64
        package var part: Int64
    }

    /// For a calendar quota: where its period starts and ends and where the next one ends, in nanoseconds since 1970.
    package func calendarEnds(around now: Int64) -> (start: Int64, end: Int64, next: Int64)? {
        calendar?._withUnsafeGuaranteedRef { $0.ends(around: now) }
    }

    /// Whether cells of this limit refer to chunks of the slab.
    var usesSlab: Bool { algorithm == .slidingLog || algorithm == .concurrency }
}

/// What one rule says of a request, and the state to write if the request is charged.
struct Verdict {
    var isAllowed: Bool
    var reason: Denial.Reason = .limited
    /// After the charge if allowed, else now.
    var remaining: Int64
    /// Nanoseconds; negative when the request can never pass.
    var retryAfter: Int64 = 0
    /// After the charge if allowed, else now.
    var resetAfter: Int64
    /// The state after the charge, or after the denial if `writesDenial`.
    var next: Cell = .empty
    /// Whether a denial changes the cell.
    var writesDenial = false

    /// Tells of the window that this denial has begun anew.
    mutating func restart(now: Int64) {
        retryAfter = next.expiry &- now
        resetAfter = retryAfter
    }

    @inline(__always)
    static func impossible(remaining: Int64, resetAfter: Int64) -> Verdict {
        Verdict(
            isAllowed: false, reason: .impossible, remaining: remaining, retryAfter: -1, resetAfter: resetAfter)
    }
}
