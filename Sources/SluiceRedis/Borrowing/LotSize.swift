/// How many units to ask for: what a key uses in some hundredths of a second.
///
/// What evaporates counts as used. So a lot of a bucket that refills faster than it is spent grows until it lasts
/// long enough, which takes nothing from anybody: the bucket refills as fast as the lot evaporates.
struct LotSize: Hashable, Sendable {
    private var used: Int64 = 0
    private var requests: Int64 = 0
    private var since: Int64 = .min / 2
    /// Units in a nanosecond.
    private var rate = 0.0

    /// For how long a lot is to last.
    static let span: Int64 = 16_000_000
    /// Over how long use is measured.
    static let sample: Int64 = 10_000_000
    /// The shortest time that says something about a rate, and the fewest requests in it.
    static let shortestSample: Int64 = 1_000_000
    static let fewestRequests: Int64 = 4
    /// After so long the past says nothing any more.
    static let memory: Int64 = 250_000_000
    /// The least that is worth asking for.
    static let least: Int64 = 2
    /// One of so many parts of what is left is the most that is asked for.
    static let share: Int64 = 4

    /// Notes that units were used.
    @inline(__always)
    mutating func use(_ units: Int64, at now: Int64) {
        if now &- since >= Self.sample { closeSample(at: now) }
        used &+= min(units, 1 << 40)
        requests &+= 1
    }

    private mutating func closeSample(at now: Int64) {
        let elapsed = now &- since
        let latest = Double(used) / Double(elapsed)
        rate = elapsed >= Self.memory ? latest : (rate + latest) / 2
        used = 0
        requests = 0
        since = now
    }

    /// Asks for less after a denial or when something was given back.
    mutating func shrink() {
        rate /= 2
        used /= 2
    }

    /// How many units to ask for when `left` are left in the store; 0 if borrowing is not worth it.
    func units(at now: Int64, left: Int64) -> Int64 {
        let elapsed = min(max(now &- since, Self.shortestSample), Self.memory)
        let latest = requests >= Self.fewestRequests ? Double(used) / Double(elapsed) : 0
        let wanted = min(max(rate, latest) * Double(Self.span), 0x1p62)
        let units = min(Int64(wanted), left / Self.share)
        return units >= Self.least ? units : 0
    }
}
