package import Sluice
internal import Synchronization

/// What a lot's owner is told who asks for units.
package enum LotAnswer: Hashable, Sendable {
    /// The units were spent here. `remaining` and `resetAfterNanoseconds` are estimates from what the store said last.
    /// If `ask` is not 0, so many more are to be asked for; nobody waits for them.
    case spent(remaining: Int64, resetAfterNanoseconds: Int64, ask: Int64)
    /// The store decides. If `ask` is not 0, so many more are to be asked for with the same call.
    case empty(ask: Int64)
}

/// The lots that this instance holds, by cell.
///
/// Whoever is told to ask does so, once, and tells what became of it by ``granted(_:_:on:epoch:)`` or
/// ``refused(_:at:left:resetAfterNanoseconds:)``; until then nobody else is told to ask for that cell.
///
/// Safe to use from any thread. Its memory is allocated once. A cell that finds its set full of lots is not borrowed
/// for.
package final class LotTable: Sendable {
    /// How many cells are followed by default.
    package static let defaultCapacity = 8_192
    /// After so long without a spender a lot is given back.
    package static let longestIdle = Duration.milliseconds(250)
    /// For how long nothing is asked for after a refusal.
    package static let pause = Duration.milliseconds(20)

    private let sets: KeyedSets<Entry>
    private let current = Atomic<UInt64>(0)

    struct Entry: Sendable {
        var terms: BorrowTerms
        var lot = Lot()
        var size = LotSize()
        /// What the lot held after the last grant.
        var granted: Int64 = 0
        var isAsking = false
        var pausedUntil = Int64.min
        var lastAskedAt: Int64
        /// What the store said last, and when.
        var left: Int64
        var leftAt: Int64
        var resetsAt: Int64
    }

    /// A table of at least `capacity` cells.
    package init(holding capacity: Int = defaultCapacity) { sets = KeyedSets(holding: capacity) }

    deinit { sets.deallocate() }

    /// Counts how often everything was given back: to be read when a request is sent, and handed to
    /// ``granted(_:_:on:epoch:)``.
    package var epoch: UInt64 { current.load(ordering: .acquiring) }

    /// Spends units of a cell's lot, if it holds so many.
    @inline(__always)
    package func spend(_ cost: Int64, of key: CellKey, at now: Int64, on terms: BorrowTerms) -> LotAnswer {
        // Without this the memory may go with the last reference to the table while it is read.
        defer { withExtendedLifetime(self) {} }
        return sets.withPlaces(of: key) { places in
            guard let entry = places.find(key) ?? Self.follow(key, at: now, on: terms, places) else {
                return .empty(ask: 0)
            }
            return entry.pointee.spend(cost, at: now, on: terms)
        }
    }

    /// Gives units back to the lot they were spent from, because their request was denied elsewhere or is refunded.
    /// - Returns: How many went back; the rest is the store's business.
    package func refund(_ cost: Int64, to key: CellKey, at now: Int64) -> Int64 {
        sets.withPlaces(of: key) { places in
            guard let entry = places.find(key) else { return 0 }
            return entry.pointee.lot.refund(cost, at: now, on: entry.pointee.terms)
        }
    }

    /// Takes in what the store has granted to whoever was told to ask.
    /// - Returns: What is to be given back at once, because all lots have been given back since `epoch` was read.
    package func granted(_ grant: LotGrant, to key: CellKey, on terms: BorrowTerms, epoch: UInt64) -> GiveBack? {
        sets.withPlaces(of: key) { places in
            let isCurrent = current.load(ordering: .acquiring) == epoch
            guard isCurrent, let entry = places.find(key), entry.pointee.terms == terms else {
                var lot = Lot()
                lot.add(grant, on: terms)
                return lot.takeAll(at: grant.receivedAt, on: terms, key: key)
            }
            entry.pointee.take(grant)
            return nil
        }
    }

    /// Notes that the store has granted nothing to whoever was told to ask: it denied, it failed, or nothing was left.
    /// - Parameter left: What is left in the store, if it said so.
    package func refused(
        _ key: CellKey, at now: Int64, left: Int64? = nil, resetAfterNanoseconds: Int64 = 0, epoch: UInt64
    ) {
        sets.withPlaces(of: key) { places in
            guard current.load(ordering: .acquiring) == epoch, let entry = places.find(key) else { return }
            entry.pointee.isAsking = false
            entry.pointee.pausedUntil = now.saturatingAdding(Self.pause.wholeNanoseconds)
            entry.pointee.size.shrink()
            if let left { entry.pointee.note(left: left, resetAfter: resetAfterNanoseconds, at: now) }
        }
    }

    /// Takes out the lots that nobody has spent from for ``longestIdle``. To be called a few times a second.
    package func idleLots(at now: Int64) -> [GiveBack] {
        let longest = Self.longestIdle.wholeNanoseconds
        return takeOut { entry, key in
            guard !entry.isAsking, entry.lot.units > 0, now.saturatingSubtracting(entry.lastAskedAt) >= longest else {
                return nil
            }
            entry.size.shrink()
            return entry.lot.takeAll(at: now, on: entry.terms, key: key)
        }
    }

    /// Takes out all lots, because the policies change or the process ends. What is granted later to those who have
    /// asked before is given back as it comes.
    package func allLots(at now: Int64) -> [GiveBack] {
        current.wrappingAdd(1, ordering: .acquiringAndReleasing)
        return takeOut(forgetting: true) { entry, key in entry.lot.takeAll(at: now, on: entry.terms, key: key) }
    }

    /// How many units are held. Visits every entry.
    package func held(at now: Int64) -> Int64 {
        var sum: Int64 = 0
        sets.forEachSet { places in
            for place in KeyedSets<Entry>.Places.all where places.isTaken(place) {
                let entry = places.entry(at: place).pointee
                sum = sum.saturatingAdding(entry.lot.held(at: now, on: entry.terms))
            }
        }
        return sum
    }

    private func takeOut(
        forgetting: Bool = false, _ take: (inout Entry, CellKey) -> GiveBack?
    ) -> [GiveBack] {
        var taken: [GiveBack] = []
        sets.forEachSet { places in
            for place in KeyedSets<Entry>.Places.all where places.isTaken(place) {
                if let lot = take(&places.entry(at: place).pointee, places.key(at: place)) { taken.append(lot) }
                if forgetting { places.clear(place) }
            }
        }
        return taken
    }

    /// Makes room to follow a cell: in the place of the one that was not asked for for the longest time, among those
    /// that hold nothing and wait for nothing.
    @inline(never)
    private static func follow(
        _ key: CellKey, at now: Int64, on terms: BorrowTerms, _ places: KeyedSets<Entry>.Places
    ) -> UnsafeMutablePointer<Entry>? {
        var chosen = places.firstFree()
        if chosen == nil {
            for place in KeyedSets<Entry>.Places.all {
                let entry = places.entry(at: place).pointee
                guard !entry.isAsking, entry.lot.held(at: now, on: entry.terms) == 0 else { continue }
                if let other = chosen, places.entry(at: other).pointee.lastAskedAt <= entry.lastAskedAt { continue }
                chosen = place
            }
        }
        guard let chosen else { return nil }
        let entry = Entry(terms: terms, lastAskedAt: now, left: terms.capacity, leftAt: now, resetsAt: now)
        places.write(entry, under: key, at: chosen)
        return places.entry(at: chosen)
    }
}

extension LotTable.Entry {
    @inline(__always)
    fileprivate mutating func spend(_ cost: Int64, at now: Int64, on terms: BorrowTerms) -> LotAnswer {
        // Another limit counts in this cell for now, by an override: its units are not worth the same.
        guard terms == self.terms, cost > 0 else { return .empty(ask: 0) }
        lastAskedAt = now
        guard let evaporated = lot.spend(cost, at: now, on: terms) else {
            size.use(cost.saturatingAdding(lot.settle(at: now, on: terms)), at: now)
            return .empty(ask: ask(at: now))
        }
        size.use(cost &+ evaporated, at: now)
        let ask = lot.units &<< 1 < granted ? ask(at: now) : 0
        let remaining = min(terms.capacity, left(at: now).saturatingAdding(lot.units))
        return .spent(remaining: remaining, resetAfterNanoseconds: max(0, resetsAt &- now), ask: ask)
    }

    /// How many units to ask for now; notes that somebody does.
    @inline(never)
    private mutating func ask(at now: Int64) -> Int64 {
        guard !isAsking, now >= pausedUntil else { return 0 }
        let units = terms.fixedUnits > 0 ? terms.fixedUnits : size.units(at: now, left: left(at: now))
        isAsking = units > 0
        return units
    }

    fileprivate mutating func take(_ grant: LotGrant) {
        isAsking = false
        lot.add(grant, on: terms)
        granted = lot.units
        note(left: grant.remaining, resetAfter: grant.resetAfterNanoseconds, at: grant.receivedAt)
    }

    fileprivate mutating func note(left: Int64, resetAfter: Int64, at now: Int64) {
        self.left = left
        leftAt = now
        resetsAt = now.saturatingAdding(resetAfter)
    }

    /// What is left in the store, by what it said last and what has refilled since.
    @inline(__always)
    private func left(at now: Int64) -> Int64 {
        if now >= resetsAt { return terms.capacity }
        return min(terms.capacity, left &+ Int64(Double(now &- leftAt) * terms.unitsPerNanosecond))
    }
}
