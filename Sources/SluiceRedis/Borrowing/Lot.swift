internal import Sluice

/// Units of one cell that were charged in the store and are not spent yet.
///
/// Units of a token bucket evaporate as fast as the bucket refills, or else a bucket that is whole again could be
/// spent beside the units taken from it. Why nobody is ever admitted over the limit: let *debt* be what an ideal
/// bucket would owe that is charged at the moments at which requests are admitted, and *held* what all lots still
/// hold. Then debt + held never exceeds what the store's bucket owes, which never exceeds the burst, for
/// - taking a lot adds the same to held and to what the store's bucket owes;
/// - spending moves units from held to debt;
/// - giving back takes from held, and from what the store's bucket owes no more than that;
/// - as time passes the store's bucket drains by one unit in each emission interval. As long as there is debt, it
///   drains just as fast. If there is none, then whatever this lot has spent has drained too, and ``held(at:on:)``
///   drains: `endsAt` is where a bucket would be whole again that had only this lot's units charged.
///
/// The store's clock may run faster than this one by a thousandth: time since the last grant is stretched by as much.
/// Units of a window or a quota keep their worth until it ends.
struct Lot: Hashable, Sendable {
    /// Not spent, and not evaporated when last looked at.
    private(set) var units: Int64 = 0
    /// When nothing of them is worth anything any more.
    private(set) var endsAt = Int64.min
    /// From which moment the drift between the clocks is reckoned.
    private var anchor: Int64 = 0
    /// Window: all units taken in it, spent or not.
    private var taken: Int64 = 0
    /// `endsAt` in microseconds of the store's clock, if it told its time.
    private var storeEndsAt: Int64?

    /// Ten bits: crystals drift by tens of millionths, and a clock that is being set right by 500.
    private static let driftShift: Int64 = 10

    /// How late it may be by the store's clock.
    @inline(__always)
    private func latest(_ now: Int64) -> Int64 { now &+ max(0, now &- anchor) &>> Self.driftShift }

    /// Units that may be spent.
    @inline(__always)
    func held(at now: Int64, on terms: BorrowTerms) -> Int64 {
        guard units > 0 else { return 0 }
        return min(units, worth(at: now, on: terms))
    }

    /// What the lot would hold if nothing had been spent.
    @inline(__always)
    private func worth(at now: Int64, on terms: BorrowTerms) -> Int64 {
        let now = latest(now)
        guard now < endsAt else { return 0 }
        return terms.isWindow ? taken : Int64(min(Double(endsAt &- now) * terms.unitsPerNanosecond, 0x1p62))
    }

    /// Takes units out if there are so many.
    /// - Returns: How many had evaporated since; `nil` if there are too few.
    @inline(__always)
    mutating func spend(_ cost: Int64, at now: Int64, on terms: BorrowTerms) -> Int64? {
        let held = held(at: now, on: terms)
        guard cost <= held else { return nil }
        let evaporated = units &- held
        units = held &- cost
        return evaporated
    }

    /// Forgets what has evaporated.
    /// - Returns: How many units have.
    mutating func settle(at now: Int64, on terms: BorrowTerms) -> Int64 {
        let held = held(at: now, on: terms)
        defer { units = held }
        return units - held
    }

    /// Gives spent units back to the lot.
    /// - Returns: How many of them were still owed.
    mutating func refund(_ cost: Int64, at now: Int64, on terms: BorrowTerms) -> Int64 {
        let held = held(at: now, on: terms)
        let returned = min(cost, max(0, worth(at: now, on: terms) - held))
        units = held + returned
        return returned
    }

    /// Adds what the store has granted.
    mutating func add(_ grant: LotGrant, on terms: BorrowTerms) {
        units = held(at: grant.receivedAt, on: terms)
        if terms.isWindow {
            taken = (latest(grant.receivedAt) < endsAt ? taken : 0).saturatingAdding(grant.units)
            endsAt = grant.sentAt.saturatingAdding(grant.resetAfterNanoseconds)
            storeEndsAt = grant.storeMicroseconds?.saturatingAdding(grant.resetAfterNanoseconds / 1_000)
        } else {
            let span = terms.nanoseconds(for: grant.units)
            // What has drifted so far stays subtracted when time is reckoned from this grant on.
            if endsAt > grant.sentAt { endsAt = endsAt - (latest(grant.sentAt) - grant.sentAt) }
            endsAt = max(endsAt, grant.sentAt).saturatingAdding(span)
            storeEndsAt = grant.storeMicroseconds.map { max(storeEndsAt ?? $0, $0).saturatingAdding(span / 1_000) }
        }
        anchor = grant.sentAt
        units += grant.units
    }

    /// Takes everything out, to give it back to the store; nothing if the store has not told its time.
    mutating func takeAll(at now: Int64, on terms: BorrowTerms, key: CellKey) -> GiveBack? {
        guard let end = storeEndsAt else { return nil }
        let held = held(at: now, on: terms)
        self = Lot()
        guard held > 0 else { return nil }
        return GiveBack(key: key, units: held, untilMicroseconds: end)
    }
}
