/// How long to wait before something that failed is tried again: longer each time it fails, up to a longest wait.
///
/// ```swift
/// let backOff = BackOff(first: .seconds(5), longest: .seconds(300))
/// ```
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct BackOff: Hashable, Sendable {
    /// What chance makes of a wait, so that many who saw one fault at the same moment do not come back at the same
    /// moment.
    public enum Jitter: Hashable, Sendable {
        /// Anything from nothing to the whole wait: spreads best.
        case full
        /// At least half of the wait, and anything up to the whole.
        case equal
        /// The whole wait, for those who need it exact and are alone.
        case none
    }

    /// The wait after the first failure, before chance.
    public var first: Duration
    /// What each further failure multiplies the wait by; at least 1.
    public var multiplier: Double
    /// What no wait exceeds, however often it failed.
    public var longest: Duration
    /// What chance makes of a wait.
    public var jitter: Jitter

    /// For endpoints that others run, such as language models: 5 s, doubled up to 5 minutes, with full jitter.
    public static let endpoint = BackOff(first: .seconds(5), longest: .seconds(300))

    /// A schedule.
    /// - Precondition: `first` is above zero, `longest` not below it, and `multiplier` a number from 1.
    public init(first: Duration, multiplier: Double = 2, longest: Duration, jitter: Jitter = .full) {
        precondition(first > .zero && longest >= first, "a back-off begins above zero and ends no lower")
        precondition(multiplier >= 1 && multiplier.isFinite, "a back-off's multiplier is at least 1")
        (self.first, self.multiplier, self.longest, self.jitter) = (first, multiplier, longest, jitter)
    }

    /// The wait after that many failures in a row, before chance; the first failure is 1.
    /// - Complexity: O(log(longest ∕ first)) for a multiplier that is not close to 1.
    public func ceiling(afterFailures failures: Int) -> Duration {
        let end = Double(longest.wholeNanoseconds)
        var wait = Double(first.wholeNanoseconds)
        var left = failures - 1
        while left > 0, wait < end, multiplier > 1 {
            wait *= multiplier
            left -= 1
        }
        return wait < end ? .nanoseconds(Int64(wait)) : longest
    }

    /// The wait after that many failures in a row; at least a nanosecond.
    /// - Parameter random: 64 random bits.
    public func wait(afterFailures failures: Int, random: UInt64) -> Duration {
        let ceiling = ceiling(afterFailures: failures).wholeNanoseconds
        switch jitter {
        case .full: return .nanoseconds(Self.share(of: ceiling, random))
        case .equal: return .nanoseconds(ceiling / 2 + Self.share(of: ceiling - ceiling / 2, random))
        case .none: return .nanoseconds(ceiling)
        }
    }

    /// A whole number from 1 to `whole`.
    private static func share(of whole: Int64, _ random: UInt64) -> Int64 {
        Int64(UInt64(whole).multipliedFullWidth(by: random).high) + 1
    }
}
