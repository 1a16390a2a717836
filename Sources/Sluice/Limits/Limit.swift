/// An algorithm and its numbers, such as "5 per 10 s, burst 5".
///
/// A limit is only a value; ``Limiter/init(_:store:time:)`` checks it and says what is wrong with it.
public struct Limit: Hashable, Sendable {
    /// How a limit counts. The raw values are the words of policy files.
    public enum Algorithm: String, CaseIterable, Hashable, Sendable {
        /// At most `burst + ⌊t × rate⌋` in any span t, by the generic cell rate algorithm (ITU-T I.371).
        case tokenBucket = "token-bucket"
        /// Never more than `count` in any window: one timestamp is kept for each.
        case slidingLog = "sliding-log"
        /// At most `count` by an estimate from the counts of two windows.
        case slidingWindow = "sliding-window"
        /// `count` in each window aligned to the epoch.
        case fixedWindow = "fixed-window"
        /// `count` in each calendar day, week or month of a time zone.
        case quota
        /// One in each gap.
        case cooldown
        /// The first passes; equal ones within the window do not.
        case debounce
        /// `count` leases held at once.
        case concurrency
        /// Everything passes.
        case unlimited
    }

    /// The unit of a calendar quota.
    public enum CalendarUnit: String, CaseIterable, Hashable, Sendable {
        case day, week, month
    }

    /// How the limit counts.
    public var algorithm: Algorithm
    /// How many may pass in a period, or be held at once.
    public var count: Int64
    /// The period, window, gap or lease in nanoseconds; 0 for a calendar quota.
    public var periodNanoseconds: Int64
    /// How many tokens a bucket holds; `count` for every other algorithm.
    public var burst: Int64
    /// The unit of a calendar quota.
    public var calendarUnit: CalendarUnit?
    /// The IANA time zone of a calendar quota, such as `Europe/Berlin`.
    public var timeZone: String?
    /// Whether a repeat restarts a debounce window.
    public var extends: Bool

    /// The period, window, gap or lease; zero for a calendar quota.
    public var period: Duration { .nanoseconds(periodNanoseconds) }

    init(
        _ algorithm: Algorithm, count: Int64 = 1, period: Duration = .zero, burst: Int64? = nil,
        calendarUnit: CalendarUnit? = nil, timeZone: String? = nil, extends: Bool = false
    ) {
        self.algorithm = algorithm
        self.count = count
        self.periodNanoseconds = period.wholeNanoseconds
        self.burst = burst ?? count
        self.calendarUnit = calendarUnit
        self.timeZone = timeZone
        self.extends = extends
    }
}

extension Limit {
    /// `count` per `period` on average, and up to `burst` (by default `count`) at once.
    public static func tokenBucket(_ count: Int64, per period: Duration, burst: Int64? = nil) -> Limit {
        Limit(.tokenBucket, count: count, period: period, burst: burst)
    }

    /// Never more than `count` in any window of `period`; exact, at 2 to 5 bytes for each one counted.
    ///
    /// Times are kept in milliseconds, rounded so that the bound holds.
    public static func slidingLog(_ count: Int64, per period: Duration) -> Limit {
        Limit(.slidingLog, count: count, period: period)
    }

    /// At most `count` by the estimate `previous × (1 − elapsed ⁄ period) + current`.
    public static func slidingWindow(_ count: Int64, per period: Duration) -> Limit {
        Limit(.slidingWindow, count: count, period: period)
    }

    /// `count` in each window of `period`, aligned to 1970-01-01T00:00:00Z.
    public static func fixedWindow(_ count: Int64, per period: Duration) -> Limit {
        Limit(.fixedWindow, count: count, period: period)
    }

    /// `count` in each calendar day, ISO 8601 week (from Monday) or month of a time zone.
    public static func quota(_ count: Int64, per unit: CalendarUnit, in timeZone: String = "UTC") -> Limit {
        Limit(.quota, count: count, calendarUnit: unit, timeZone: timeZone)
    }

    /// One in each `gap`.
    public static func cooldown(_ gap: Duration) -> Limit { Limit(.cooldown, period: gap) }

    /// The first passes, equal ones within `window` of it do not; with `extend`, each repeat restarts the window.
    public static func debounce(_ window: Duration, extend: Bool = false) -> Limit {
        Limit(.debounce, period: window, extends: extend)
    }

    /// At most `count` leases held at once; one that is not renewed within `lease` is free again.
    public static func concurrency(_ count: Int64, lease: Duration = .seconds(30)) -> Limit {
        Limit(.concurrency, count: count, period: lease)
    }

    /// Everything passes.
    public static let unlimited = Limit(.unlimited, count: .max)
}
