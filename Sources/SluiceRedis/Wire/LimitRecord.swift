import Sluice

/// A limit as the script reads it, in numbers whose products stay below 2⁵³.
///
/// ```
/// 1 algorithm | 7 count | 7 period | 7 x | 7 y | 7 z        little-endian, times in microseconds
/// ```
/// The first 15 bytes are the mark by which a cell tells under which limit it was written.
///
/// | algorithm | count | period | x | y | z |
/// |---|---|---|---|---|---|
/// | token bucket | tokens per period | in which they come | burst | | |
/// | sliding window | count | window | unit of weights | | |
/// | quota | count | 0 | this period's start | its end | the next one's end |
/// | `CL.THROTTLE` (11) | 1,000 | 0 | burst | a thousand tokens' time | |
/// | debounce | 1 | window | 1 if repeats restart it | | |
/// | ban (9) | window | memory | denials | first ban | longest ban |
/// | shrink (10) | window | memory | denials | recovery of a step | |
struct LimitRecord: Hashable, Sendable {
    static let byteCount = 36
    private static let shrink: UInt8 = 10
    /// A token bucket whose numbers come with each call. Its cells keep the moment of arrival whatever they are, as
    /// redis-cell's do, so all of them have one mark.
    private static let throttle: UInt8 = 11
    /// What products of a token bucket's or a window's numbers stay below: sums of two of them are still exact.
    private static let mostProduct: Int64 = 1 << 52
    private static let longest = Duration.days(36_525).wholeNanoseconds / 1_000

    private(set) var algorithm: UInt8
    private(set) var count: Int64
    private(set) var period: Int64
    private(set) var x: Int64 = 0
    private(set) var y: Int64 = 0
    private(set) var z: Int64 = 0
    private var isThrottle = false

    /// - Parameter periods: The ends of a quota's periods, in nanoseconds.
    init(_ limit: borrowing CompiledLimit, periods: (start: Int64, end: Int64, next: Int64)? = nil) {
        algorithm = limit.algorithm.rawValue
        count = limit.count
        period = Self.microseconds(limit.period)
        isThrottle = limit.id == .throttle
        switch limit.algorithm {
        case .tokenBucket: setTokenBucket(limit)
        case .slidingWindow: x = unit(period, count)
        case .debounce: x = limit.extends ? 1 : 0
        case .quota:
            period = 0
            (x, y, z) = periods.map { ($0.start / 1_000, $0.end / 1_000, $0.next / 1_000) } ?? (0, 0, 0)
        case .penalty: setPenalty(limit)
        case .slidingLog, .fixedWindow, .cooldown, .concurrency, .unlimited: break
        }
    }

    /// The same rate in the smallest numbers of tokens and microseconds; where those are still too large for a double,
    /// one token in as many whole microseconds, which is never more.
    private mutating func setTokenBucket(_ limit: borrowing CompiledLimit) {
        let (tokens, overflow) = limit.count.multipliedReportingOverflow(by: 1_000)
        let least = Self.greatestCommonDivisor(overflow ? limit.count : tokens, limit.period)
        let divisor = isThrottle ? limit.count : least
        x = limit.capacity
        count = overflow ? .max : tokens / divisor
        period = limit.period / divisor
        let (product, isTooLarge) = x.multipliedReportingOverflow(by: period)
        guard isTooLarge || product >= Self.mostProduct || count >= 1 << 40 else { return }
        period = max(
            1,
            Int64(
                clamping: (Int128(limit.period) + Int128(limit.count) * 1_000 - 1)
                    / (Int128(limit.count) * 1_000)))
        count = 1
        x = min(x, (Self.mostProduct - 1) / period)
    }

    /// The least unit of time in which no product of the window and its count is too large.
    private func unit(_ period: Int64, _ count: Int64) -> Int64 {
        Int64(clamping: Int128(period) * Int128(count) / Int128(Self.mostProduct)) + 1
    }

    private mutating func setPenalty(_ limit: borrowing CompiledLimit) {
        algorithm = limit.extends ? Self.shrink : limit.algorithm.rawValue
        x = limit.count
        y = Self.microseconds(limit.emission.whole)
        z = Self.microseconds(limit.capacity)
        count = Self.microseconds(limit.period)
        period = min(Self.longest, limit.extends ? 4 * y : z)
    }

    /// Whole microseconds, rounded up: a longer period never allows more.
    private static func microseconds(_ nanoseconds: Int64) -> Int64 { nanoseconds.dividedRoundingUp(by: 1_000) }

    private static func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return max(1, a)
    }
}

extension LimitRecord {
    /// The numbers in the order in which the script reads them.
    var written: (algorithm: UInt8, numbers: [Int64]) {
        isThrottle ? (Self.throttle, [count, 0, x, period, 0]) : (algorithm, [count, period, x, y, z])
    }

    /// What a token bucket with a debt says, in `count`-ths of a microsecond; of a gap, the microseconds to its end.
    func verdict(debt: Int64, cost: Int64, denial: Denial.Reason?, shrinkLevel: Int) -> ChargeVerdict {
        guard algorithm == CompiledLimit.Algorithm.tokenBucket.rawValue else {
            let wait = debt.saturatingMultiplied(by: 1_000)
            return ChargeVerdict(
                denial: denial, remaining: wait > 0 ? 0 : 1, retryAfterNanoseconds: denial == nil ? 0 : wait,
                resetAfterNanoseconds: wait, shrinkLevel: shrinkLevel)
        }
        let rest = x * period - debt
        var retry: Int64 = 0
        if denial == .limited {
            retry = nanoseconds(parts: min(cost, x) * period - rest)
        } else if denial == .impossible {
            retry = -1
        }
        return ChargeVerdict(
            denial: denial, remaining: max(0, rest / period), retryAfterNanoseconds: retry,
            resetAfterNanoseconds: nanoseconds(parts: debt), shrinkLevel: shrinkLevel)
    }

    /// Microseconds and parts of one as nanoseconds, rounded up: a token bucket's parts are `count`-ths, others
    /// thousandths.
    func nanoseconds(_ whole: Int64, parts: Int64) -> Int64 {
        whole.saturatingMultiplied(by: 1_000).saturatingAdding(nanoseconds(parts: parts))
    }

    private func nanoseconds(parts: Int64) -> Int64 {
        parts.saturatingMultiplied(by: 1_000).dividedRoundingUp(
            by: algorithm == CompiledLimit.Algorithm.tokenBucket.rawValue ? max(1, count) : 1_000)
    }
}
