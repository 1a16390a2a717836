/// A call of `CL.THROTTLE` that a store elsewhere decides.
///
/// The emission interval is redis-cell's, truncated to whole nanoseconds; a store that tells time in microseconds
/// counts a thousand tokens for each interval of as many microseconds, which is the same rate exactly.
///
/// Sendable: the memory is written in `init` only.
package final class ThrottlePlan: @unchecked Sendable {
    /// What the store is asked: to charge, to look if the cost is 0.
    package let charge: PlannedCharge
    /// Whether the quantity was negative: the cost is to be given back.
    package let isRefund: Bool
    /// The limit that the caller is told.
    package let limit: Int64
    private let numbers: UnsafeMutablePointer<CompiledLimit>
    private let steps: UnsafeMutablePointer<UnsafePointer<CompiledLimit>>

    /// How many intervals the numbers of the limit count.
    private static let scale: Int64 = 1_000

    /// - Precondition: `count` is not zero, and the period in nanoseconds is an `Int64` of at least `count`.
    package init(
        key: UnsafeRawBufferPointer, in limiter: Limiter, maxBurst: Int64, count: Int64, periodSeconds: Int64,
        quantity: Int64
    ) {
        let emission = max(1, periodSeconds.saturatingMultiplied(by: 1_000_000_000) / count)
        limit = maxBurst.saturatingAdding(1)
        // More than a hundred years of tokens are as good as a hundred years.
        let capacity = max(0, min(limit, CompiledLimit.longestPeriod / emission))
        numbers = .allocate(capacity: 1)
        var compiled = CompiledLimit(
            algorithm: .tokenBucket, count: Self.scale, period: emission.saturatingMultiplied(by: Self.scale),
            capacity: capacity)
        compiled.id = .throttle
        compiled.emission = CompiledLimit.Fraction(whole: emission, part: 0)
        compiled.tolerance = CompiledLimit.Fraction(whole: emission.saturatingMultiplied(by: capacity), part: 0)
        numbers.initialize(to: compiled)
        steps = .allocate(capacity: PlannedCharge.levels)
        steps.initialize(repeating: UnsafePointer(numbers), count: PlannedCharge.levels)
        isRefund = quantity < 0
        charge = PlannedCharge(
            throttling: limiter.throttleHasher().finish(key),
            cost: quantity == .min ? .max : abs(quantity), by: UnsafePointer(steps))
    }

    deinit {
        steps.deallocate()
        numbers.deallocate()
    }

    /// What the caller is told whom nobody counts.
    package var replyWithoutStore: ThrottleReply {
        ThrottleReply(
            isLimited: false, limit: limit, remaining: limit, retryAfterNanoseconds: -1, resetAfterNanoseconds: 0)
    }

    /// The same key, only looked at.
    package var look: PlannedCharge { charge.costing(0) }

    /// What redis-cell's caller is told.
    package func reply(_ verdict: ChargeVerdict) -> ThrottleReply {
        let isLimited = verdict.denial != nil
        // Who gives back and is limited all the same has to wait that much less.
        let returned = isRefund ? charge.cost.saturatingMultiplied(by: numbers.pointee.emission.whole) : 0
        return ThrottleReply(
            isLimited: isLimited, limit: limit, remaining: verdict.remaining,
            retryAfterNanoseconds: isLimited ? verdict.retryAfterNanoseconds - returned : -1,
            resetAfterNanoseconds: verdict.resetAfterNanoseconds)
    }
}
