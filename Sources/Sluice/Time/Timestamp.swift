/// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic saturates; the range ends in the year 2262.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    /// A moment by its nanoseconds since 1970-01-01T00:00:00Z.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// A moment by its milliseconds since 1970-01-01T00:00:00Z.
    @inlinable
    public init(milliseconds: Int64) { self.nanoseconds = milliseconds.saturatingMultiplied(by: 1_000_000) }

    /// A moment by its seconds since 1970-01-01T00:00:00Z.
    @inlinable
    public init(seconds: Int64) { self.nanoseconds = seconds.saturatingMultiplied(by: 1_000_000_000) }

    @inlinable
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The moment a while later.
    public static func + (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(nanoseconds: a.nanoseconds.saturatingAdding(b.wholeNanoseconds))
    }

    /// The while from one moment to another.
    public static func - (a: Timestamp, b: Timestamp) -> Duration {
        .nanoseconds(a.nanoseconds.saturatingSubtracting(b.nanoseconds))
    }
}

extension Duration {
    /// A span of whole minutes.
    public static func minutes(_ minutes: some BinaryInteger) -> Duration { .seconds(Int64(minutes) * 60) }
    /// A span of whole hours.
    public static func hours(_ hours: some BinaryInteger) -> Duration { .seconds(Int64(hours) * 3_600) }
    /// A span of days of 24 hours.
    public static func days(_ days: some BinaryInteger) -> Duration { .seconds(Int64(days) * 86_400) }

    /// Whole nanoseconds, towards zero, saturating.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.saturatingMultiplied(by: 1_000_000_000).saturatingAdding(attoseconds / 1_000_000_000)
    }

    /// Whole milliseconds, rounded up, so that a caller who waits this long has waited long enough.
    public var millisecondsRoundedUp: Int64 { wholeNanoseconds.dividedRoundingUp(by: 1_000_000) }

    /// Whole seconds, rounded up.
    public var secondsRoundedUp: Int64 { wholeNanoseconds.dividedRoundingUp(by: 1_000_000_000) }
}
