import Sluice

/// Each definition as it stands in DESIGN.md's table, over the whole history, in integers that cannot overflow.
extension LimitOracle {
    /// In every span that ends now, at most `burst` and what the rate gives in it.
    ///
    /// A span that begins between two events is looser than the one that begins with the later of them, so the
    /// spans that begin with an event are all there are to look at.
    func admitsByArrivalCurve(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        guard cost <= limit.burst else { return false }
        var sum = Int128(cost)
        for event in events.reversed() {
            sum += Int128(event.cost)
            let excess = sum - Int128(limit.burst)
            let span = now - Int128(event.moment)
            let gained = span.multipliedFullWidth(by: Int128(limit.count))
            let needed = excess.multipliedFullWidth(by: Int128(limit.periodNanoseconds))
            if (needed.high, needed.low) > (gained.high, gained.low) { return false }
        }
        return true
    }

    /// Never more than `count` in any window; each hit is held to have happened at the end of its millisecond.
    func admitsByLog(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        let period = Int128(limit.periodNanoseconds)
        var live = Int128(cost)
        for event in events where Self.endOfMillisecond(Int128(event.moment)) + period > now {
            live += Int128(event.cost)
        }
        return live <= Int128(limit.count)
    }

    static func endOfMillisecond(_ moment: Int128) -> Int128 {
        let past = modulo(moment, 1_000_000)
        return past == 0 ? moment : moment - past + 1_000_000
    }

    /// `previous × (period − elapsed) + (current + cost) × period ≤ count × period`.
    func admitsByEstimate(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        let period = Int128(limit.periodNanoseconds)
        let elapsed = Self.modulo(now, period)
        let start = now - elapsed
        let current = counted { $0 >= start && $0 < start + period }
        let previous = counted { $0 >= start - period && $0 < start }
        let spare = Int128(limit.count) - current - Int128(cost)
        return previous * (period - elapsed) <= spare * period
    }

    /// `count` in each window that begins at a multiple of the period.
    func admitsByWindow(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        let start = now - Self.modulo(now, Int128(limit.periodNanoseconds))
        let used = counted { $0 >= start }
        return used + Int128(cost) <= Int128(limit.count)
    }

    /// `count` in each calendar period.
    func admitsByCalendar(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        precondition(limit.timeZone == "UTC", "the oracle's calendar knows UTC; other zones have a table")
        let start = ProlepticCalendar.startOfPeriod(limit.calendarUnit!, containing: now)
        let used = counted { $0 >= start }
        return used + Int128(cost) <= Int128(limit.count)
    }

    /// One in each gap, whatever it costs.
    func admitsByGap(_ cost: Int64, _ now: Int128, _ limit: Limit) -> Bool {
        guard let last = events.last else { return true }
        return now >= Int128(last.moment) + Int128(limit.periodNanoseconds)
    }

    /// What the events of a span add up to.
    private func counted(_ isInSpan: (Int128) -> Bool) -> Int128 {
        var sum = Int128(0)
        for event in events where isInSpan(Int128(event.moment)) { sum += Int128(event.cost) }
        return sum
    }

    /// The remainder towards negative infinity.
    static func modulo(_ value: Int128, _ divisor: Int128) -> Int128 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
