public import Sluice

/// What a limit's definition says of a history, worked out the slow and obvious way.
///
/// It keeps every admitted event and evaluates the definition over all of them; remaining, retry after and reset
/// after are then searched for, not calculated. It shares no formula and no code with the core, and it is far too
/// slow for anything but tests: O(events) for one question, and a decision asks about a hundred.
public struct LimitOracle: Sendable {
    /// One admitted event, or something given back, whose cost is then negative.
    public struct Event: Hashable, Sendable {
        /// When, in nanoseconds since the epoch.
        public var moment: Int64
        /// How much.
        public var cost: Int64
    }

    /// Everything charged and given back, in order.
    public internal(set) var events: [Event] = []

    /// A history without events.
    public init() {}

    /// The time that a decision at `now` is held to: a clock that steps back stands still until it has caught up.
    public func effective(_ now: Int64) -> Int64 { max(now, events.last?.moment ?? now) }

    /// The most that can pass at once.
    public static func capacity(of limit: Limit) -> Int64 {
        switch limit.algorithm {
        case .tokenBucket: limit.burst
        case .slidingLog, .slidingWindow, .fixedWindow, .quota, .concurrency: limit.count
        case .cooldown, .debounce: 1
        case .unlimited: .max
        }
    }

    /// Whether `cost` passes at `now`, by the definition alone.
    public func admits(_ cost: Int64, at now: Int64, _ limit: Limit) -> Bool {
        admits(cost, at: Int128(effective(now)), limit)
    }

    func admits(_ cost: Int64, at now: Int128, _ limit: Limit) -> Bool {
        // Looking is always allowed.
        guard cost > 0 else { return true }
        return switch limit.algorithm {
        case .tokenBucket: admitsByArrivalCurve(cost, now, limit)
        case .slidingLog: admitsByLog(cost, now, limit)
        case .slidingWindow: admitsByEstimate(cost, now, limit)
        case .fixedWindow: admitsByWindow(cost, now, limit)
        case .quota: admitsByCalendar(cost, now, limit)
        case .cooldown, .debounce: admitsByGap(cost, now, limit)
        case .concurrency: preconditionFailure("leases have an oracle of their own: LeaseOracle")
        case .unlimited: true
        }
    }

    /// The greatest cost that passes at `now`.
    public func remaining(at now: Int64, _ limit: Limit) -> Int64 {
        var (passes, fails) = (Int64(0), Self.capacity(of: limit))
        if admits(fails, at: now, limit) { return fails }
        while fails - passes > 1 {
            let middle = passes + (fails - passes) / 2
            if admits(middle, at: now, limit) { passes = middle } else { fails = middle }
        }
        return passes
    }

    /// How many nanoseconds after `now` the cost first passes; `nil` if it never does.
    ///
    /// Every definition here is monotone: what passes now also passes later if nothing is charged meanwhile. So
    /// a guess is right if the cost passes then and not a nanosecond sooner, which spares the search.
    public func wait(for cost: Int64, at now: Int64, _ limit: Limit, guess: Int64? = nil) -> Int128? {
        guard cost <= Self.capacity(of: limit) else { return nil }
        let effective = Int128(effective(now))
        // After a step back, what passes at the standstill passes at once.
        if admits(cost, at: effective, limit) { return 0 }
        if let guess, guess > 0, admits(cost, at: Int128(now) + Int128(guess), limit),
            !admits(cost, at: Int128(now) + Int128(guess) - 1, limit)
        {
            return Int128(guess)
        }
        var (fails, passes) = (Int128(0), Int128(1))
        while !admits(cost, at: effective + passes, limit) { (fails, passes) = (passes, passes * 2) }
        while passes - fails > 1 {
            let middle = fails + (passes - fails) / 2
            if admits(cost, at: effective + middle, limit) { passes = middle } else { fails = middle }
        }
        return effective + passes - Int128(now)
    }

    /// How many nanoseconds after `now` the limit is whole again: when as much as it can ever hold passes at once.
    public func reset(at now: Int64, _ limit: Limit, guess: Int64? = nil) -> Int128 {
        guard limit.algorithm != .unlimited else { return 0 }
        return wait(for: Self.capacity(of: limit), at: now, limit, guess: guess) ?? 0
    }

    /// Notes an admitted event.
    public mutating func charge(_ cost: Int64, at now: Int64) {
        guard cost > 0 else { return }
        events.append(Event(moment: effective(now), cost: cost))
    }

    /// Notes something given back: the newest goes first, and nothing is given back beyond full.
    public mutating func refund(_ cost: Int64, at now: Int64, _ limit: Limit) {
        guard cost > 0, !events.isEmpty else { return }
        switch limit.algorithm {
        case .tokenBucket:
            // Tokens that have come back meanwhile cannot be given back once more, so it matters when this was.
            events.append(Event(moment: effective(now), cost: -cost))
            forget(at: now, limit)
        case .cooldown, .debounce: events = []
        default: removeNewest(cost)
        }
    }

    /// Drops what no longer matters at `now`: a decider may forget it, so after a step back it does not count.
    mutating func forget(at now: Int64, _ limit: Limit) {
        if admits(Self.capacity(of: limit), at: now, limit) { events = [] }
        let span = Int128(limit.periodNanoseconds)
        switch limit.algorithm {
        case .slidingLog:
            events.removeAll { Self.endOfMillisecond(Int128($0.moment)) + span <= Int128(now) }
        case .slidingWindow, .fixedWindow:
            let start = Int128(now) - Self.modulo(Int128(now), span)
            events.removeAll { Int128($0.moment) < (limit.algorithm == .slidingWindow ? start - span : start) }
        case .quota:
            let start = ProlepticCalendar.startOfPeriod(limit.calendarUnit!, containing: Int128(now))
            events.removeAll { Int128($0.moment) < start }
        case .tokenBucket, .cooldown, .debounce, .concurrency, .unlimited: break
        }
    }

    private mutating func removeNewest(_ cost: Int64) {
        var left = cost
        while left > 0, let last = events.last {
            let taken = min(left, last.cost)
            left -= taken
            events[events.count - 1].cost -= taken
            if last.cost == taken { events.removeLast() }
        }
    }
}
