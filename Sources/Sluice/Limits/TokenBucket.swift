/// The generic cell rate algorithm of ITU-T I.371 in its virtual scheduling form, with exact fractions.
///
/// A cell keeps the theoretical arrival time: `expiry` its whole nanoseconds, the payload its `count`-ths. With
/// e = period ⁄ count, debt = max(0, arrival − now) and tolerance = burst × e, a cost passes if
/// debt + cost × e ≤ tolerance. Nothing is rounded, so neither burst nor rate ever drifts.
extension CompiledLimit {
    @inline(__always)
    func tokenBucket(_ cell: Cell, cost: Int64, now: Int64) -> Verdict {
        let debt = debt(of: cell, now: now)
        if cost > capacity {
            return .impossible(remaining: tokens(beyond: debt), resetAfter: roundedUp(debt))
        }
        let after = sum(debt, cost == 1 ? emission : emissions(cost))
        if after.whole > tolerance.whole || (after.whole == tolerance.whole && after.part > tolerance.part) {
            // More was used than the bucket holds; looking is allowed all the same.
            if cost == 0 { return Verdict(isAllowed: true, remaining: 0, resetAfter: roundedUp(debt)) }
            let wait = after.whole &- tolerance.whole &+ (after.part > tolerance.part ? 1 : 0)
            return Verdict(
                isAllowed: false, remaining: tokens(beyond: debt), retryAfter: wait, resetAfter: roundedUp(debt))
        }
        let remaining = tokens(beyond: after)
        return Verdict(
            isAllowed: true, remaining: remaining, resetAfter: roundedUp(after),
            next: bucket(after, now: now, isExhausted: remaining == 0))
    }

    /// The state after giving back `cost` tokens.
    func tokenBucketRefund(_ cell: Cell, cost: Int64, now: Int64) -> Cell {
        let debt = debt(of: cell, now: now)
        let returned = emissions(cost)
        var rest = Fraction(whole: debt.whole &- returned.whole, part: debt.part &- returned.part)
        if rest.part < 0 { rest = Fraction(whole: rest.whole &- 1, part: rest.part &+ count) }
        guard rest.whole >= 0, rest.whole > 0 || rest.part > 0 else { return .empty }
        return bucket(rest, now: now, isExhausted: tokens(beyond: rest) <= 0)
    }

    /// The state after `cost` more tokens, a hundred years' worth at most.
    func tokenBucketSettled(_ cell: Cell, cost: Int64, now: Int64) -> Cell {
        var debt = sum(debt(of: cell, now: now), emissions(cost))
        if debt.whole >= Self.longestPeriod { debt = Fraction(whole: Self.longestPeriod, part: 0) }
        return bucket(debt, now: now, isExhausted: tokens(beyond: debt) == 0)
    }

    /// A bucket from which `used` tokens and `rest ⁄ scale` of one more are gone, rounded against the caller.
    func tokenBucket(used: Int64, rest: UInt128 = 0, scale: UInt128 = 1, now: Int64) -> Cell {
        var debt = emissions(used)
        if rest > 0 {
            let parts = (rest &* UInt128(period) &+ scale &- 1) / scale
            let (whole, part) = parts.quotientAndRemainder(dividingBy: UInt128(count))
            debt = sum(debt, Fraction(whole: Int64(whole), part: Int64(part)))
        }
        guard debt.whole > 0 || debt.part > 0 else { return .empty }
        return bucket(debt, now: now, isExhausted: tokens(beyond: debt) <= 0)
    }

    /// Whole tokens gone, and the rest in `count`-ths of a nanosecond (`period` of which are a token).
    func tokensUsed(_ cell: Cell, now: Int64) -> (whole: Int64, rest: UInt128) {
        let debt = debt(of: cell, now: now)
        let parts = UInt128(debt.whole) * UInt128(count) + UInt128(debt.part)
        let (whole, rest) = parts.quotientAndRemainder(dividingBy: UInt128(period))
        return (Int64(min(whole, UInt128(Int64.max))), rest)
    }

    @inline(__always)
    private func debt(of cell: Cell, now: Int64) -> Fraction {
        cell.expiry >= now && !cell.isEmpty
            ? Fraction(whole: cell.expiry &- now, part: Int64(truncatingIfNeeded: cell.payload))
            : Fraction(whole: 0, part: 0)
    }

    @inline(__always)
    private func sum(_ a: Fraction, _ b: Fraction) -> Fraction {
        let part = a.part &+ b.part
        let whole = a.whole.saturatingAdding(b.whole)
        return part >= count
            ? Fraction(whole: whole.saturatingAdding(1), part: part &- count) : Fraction(whole: whole, part: part)
    }

    /// `cost × period ⁄ count`, a hundred years at most: more was used than any bucket holds.
    private func emissions(_ cost: Int64) -> Fraction {
        let product = UInt128(cost) * UInt128(period)
        let (whole, part) = product.quotientAndRemainder(dividingBy: UInt128(count))
        guard whole < UInt128(Self.longestPeriod) else { return Fraction(whole: Self.longestPeriod, part: 0) }
        return Fraction(whole: Int64(whole), part: Int64(part))
    }

    /// Whole tokens between a debt and the tolerance.
    @inline(__always)
    private func tokens(beyond debt: Fraction) -> Int64 {
        let whole = tolerance.whole &- debt.whole
        let part = tolerance.part &- debt.part
        guard whole >= 0 else { return 0 }
        if isSmall { return max(0, (whole &* count &+ part) / period) }
        return Int64(max(0, Int128(whole) * Int128(count) + Int128(part)) / Int128(period))
    }

    @inline(__always)
    private func roundedUp(_ debt: Fraction) -> Int64 { debt.whole &+ (debt.part > 0 ? 1 : 0) }

    @inline(__always)
    private func bucket(_ debt: Fraction, now: Int64, isExhausted: Bool) -> Cell {
        Cell(
            expiry: now.saturatingAdding(debt.whole), limit: id, payload: UInt64(truncatingIfNeeded: debt.part),
            isExhausted: isExhausted)
    }
}
