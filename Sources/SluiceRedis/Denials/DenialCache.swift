package import Sluice
internal import Synchronization

/// What the store has denied, for as long as it would deny it again: whoever comes back too early is told so at once,
/// and a flood of such costs the store nothing.
///
/// Safe to use from any thread. Its memory is allocated once, 72 bytes for each entry; when eight requests whose keys
/// fall together are denied at once, the one whose denial ends soonest makes room for the ninth.
package final class DenialCache: Sendable {
    /// How many entries fit by default.
    package static let defaultCapacity = 65_536

    private let sets: KeyedSets<CachedDenial>
    private let current = Atomic<UInt64>(0)

    /// An empty cache of at least `capacity` entries.
    package init(holding capacity: Int = defaultCapacity) {
        sets = KeyedSets(holding: capacity)
    }

    deinit { sets.deallocate() }

    /// How many entries fit.
    package var capacity: Int { sets.capacity }

    /// Counts how often everything was forgotten: to be read when a request is sent, and handed to
    /// ``insert(_:under:epoch:)``.
    package var epoch: UInt64 { current.load(ordering: .acquiring) }

    /// The denial of a request, if it still holds.
    @inline(__always)
    package func lookup(_ key: CellKey, at now: Int64) -> CachedDenial? {
        // Without this the memory may go with the last reference to the cache while it is read.
        defer { withExtendedLifetime(self) {} }
        return sets.withPlaces(of: key) { places in
            guard let entry = places.find(key), entry.pointee.endsAt > now else { return nil }
            return entry.pointee
        }
    }

    /// Remembers a denial, unless everything has been forgotten since `epoch` was read.
    package func insert(_ denial: CachedDenial, under key: CellKey, epoch: UInt64) {
        sets.withPlaces(of: key) { places in
            guard current.load(ordering: .acquiring) == epoch else { return }
            if let entry = places.find(key) {
                entry.pointee = denial
                return
            }
            let place = places.firstFree() ?? Self.endsSoonest(places)
            places.write(denial, under: key, at: place)
        }
    }

    /// Forgets what was denied to a request, because something was given back to it.
    package func remove(_ key: CellKey) { sets.withPlaces(of: key) { $0.remove(key) } }

    /// Forgets everything, also what is on its way, because the policies have changed.
    package func removeAll() {
        // Whoever compares epochs under a lock after this addition inserts nothing old; who did before is cleared.
        current.wrappingAdd(1, ordering: .acquiringAndReleasing)
        sets.forEachSet { places in for place in KeyedSets<CachedDenial>.Places.all { places.clear(place) } }
    }

    /// How many denials hold at a moment. Visits every entry.
    package func count(at now: Int64) -> Int {
        var count = 0
        sets.forEachSet { places in
            for place in KeyedSets<CachedDenial>.Places.all
            where places.isTaken(place) && places.entry(at: place).pointee.endsAt > now { count += 1 }
        }
        return count
    }

    private static func endsSoonest(_ places: KeyedSets<CachedDenial>.Places) -> Int {
        var soonest = 0
        for place in KeyedSets<CachedDenial>.Places.all.dropFirst()
        where places.entry(at: place).pointee.endsAt < places.entry(at: soonest).pointee.endsAt { soonest = place }
        return soonest
    }
}
