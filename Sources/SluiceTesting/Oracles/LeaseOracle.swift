/// The leases of a concurrency limit, as a list of the moments at which they end.
public struct LeaseOracle: Sendable {
    private var ends: [Int: Int64] = [:]
    private var next = 0

    /// No lease held.
    public init() {}

    /// How many are held at `now`.
    public func held(at now: Int64) -> Int64 { Int64(ends.values.filter { $0 > now }.count) }

    /// In how many nanoseconds fewer than `count` are held if none is renewed or released.
    public func wait(forFewerThan count: Int64, at now: Int64) -> Int64 {
        let live = ends.values.filter { $0 > now }.sorted()
        let surplus = live.count - Int(count) + 1
        return surplus <= 0 ? 0 : live[surplus - 1] - now
    }

    /// Takes a slot and gives its number.
    public mutating func take(until end: Int64) -> Int {
        next += 1
        ends[next] = end
        return next
    }

    /// Whether a slot was still held; if so it is held until `end` from now on.
    public mutating func renew(_ slot: Int, at now: Int64, until end: Int64) -> Bool {
        guard let old = ends[slot], old > now else { return false }
        ends[slot] = end
        return true
    }

    /// Whether a slot was still held; it no longer is.
    public mutating func release(_ slot: Int, at now: Int64) -> Bool {
        guard let old = ends.removeValue(forKey: slot) else { return false }
        return old > now
    }
}
