/// A store's bucket or window in exact arithmetic, with the moment handed in.
protocol SimulatedStore {
    /// What is left at a moment, in nanoseconds of the store's clock.
    func left(at now: Int64) -> Int64
    /// When the limit is whole again.
    func resetAfter(at now: Int64) -> Int64
    mutating func charge(_ units: Int64, at now: Int64)
    /// Takes units back, no more of them than have not evaporated on the way.
    mutating func takeBack(_ units: Int64, untilMicroseconds: Int64, at now: Int64)
    /// The most that may be admitted between two moments, both included.
    func bound(from start: Int64, to end: Int64) -> Int64
}

/// The generic cell rate algorithm; times are counted in `count`-ths of a nanosecond, so nothing is rounded.
struct SimulatedBucket: SimulatedStore {
    let count: Int64
    let period: Int64
    let burst: Int64
    private var arrival: Int128 = 0

    init(count: Int64, period: Int64, burst: Int64) {
        (self.count, self.period, self.burst) = (count, period, burst)
    }

    private func time(_ now: Int64) -> Int128 { Int128(now) * Int128(count) }

    func left(at now: Int64) -> Int64 {
        Int64((Int128(burst) * Int128(period) - max(0, arrival - time(now))) / Int128(period))
    }

    func resetAfter(at now: Int64) -> Int64 { Int64(max(0, arrival - time(now)) / Int128(count)) }

    mutating func charge(_ units: Int64, at now: Int64) {
        precondition(units <= left(at: now))
        arrival = max(arrival, time(now)) + Int128(units) * Int128(period)
    }

    mutating func takeBack(_ units: Int64, untilMicroseconds: Int64, at now: Int64) {
        let worth = (time(untilMicroseconds * 1_000) - time(now)) / Int128(period)
        let returned = min(Int128(units), max(0, worth))
        arrival = max(time(now), arrival - returned * Int128(period))
    }

    func bound(from start: Int64, to end: Int64) -> Int64 {
        burst + Int64(Int128(end - start) * Int128(count) / Int128(period))
    }
}

/// A fixed window.
struct SimulatedWindow: SimulatedStore {
    let count: Int64
    let period: Int64
    private var window: Int64 = 0
    private var used: Int64 = 0

    init(count: Int64, period: Int64) { (self.count, self.period) = (count, period) }

    func left(at now: Int64) -> Int64 { now / period == window ? count - used : count }

    func resetAfter(at now: Int64) -> Int64 { period - now % period }

    mutating func charge(_ units: Int64, at now: Int64) {
        precondition(units <= left(at: now))
        if now / period != window { (window, used) = (now / period, 0) }
        used += units
    }

    mutating func takeBack(_ units: Int64, untilMicroseconds: Int64, at now: Int64) {
        guard now < untilMicroseconds * 1_000, now / period == window else { return }
        used -= units
        precondition(used >= 0)
    }

    func bound(from start: Int64, to end: Int64) -> Int64 {
        (end / period - start / period + 1) * count
    }
}
