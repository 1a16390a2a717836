internal import Sluice

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What becomes of a value in memory and in the tier.
extension TieredCache {
    func content(_ value: Value?) -> Entry.Content { value.map { .value($0) } ?? .absent }

    /// A loaded value as the tier keeps it.
    func record(of loaded: Loaded<Value>, loadTime: Duration, _ tags: [String]) throws -> CacheTierRecord {
        let usual = tier == nil ? lifetimes.memory : lifetimes.shared
        let lifetime = loaded.freshFor ?? (loaded.value == nil ? lifetimes.absent : usual)
        let bytes = tier == nil ? [] : try loaded.value.map { try codec.encode($0) }
        return CacheTierRecord(
            content: bytes, freshFor: lifetime * (1 - lifetimes.jitter * random()),
            keptStaleFor: lifetimes.longestStale, loadTime: loadTime, tags: tags)
    }

    /// A value that is fresh for as long as its record, as memory keeps it.
    func entry(of record: CacheTierRecord, _ content: Entry.Content, _ marks: LoadMarks) -> Entry {
        let now = time.now()
        let valueEnd = now + record.freshFor
        var freshUntil = valueEnd
        if tier != nil { freshUntil = min(freshUntil, now + lifetimes.memory) }
        // While nobody tells of invalidations, nothing may be older than is promised.
        let isBlind = isUntold
        if isBlind { freshUntil = min(freshUntil, now + limits.blindFor) }
        func end(_ stale: Duration) -> Int64 { isBlind ? freshUntil.nanoseconds : (freshUntil + stale).nanoseconds }
        return Entry(
            content, freshUntil: freshUntil.nanoseconds, staleUntil: end(lifetimes.staleWhileRevalidate),
            usableUntil: end(lifetimes.staleIfError), refreshAt: refreshMoment(record, valueEnd).nanoseconds,
            version: record.version, tags: marks.tags)
    }

    /// The moment from which on a value is fetched ahead of its time.
    private func refreshMoment(_ record: CacheTierRecord, _ valueEnd: Timestamp) -> Timestamp {
        guard lifetimes.earlyRefresh > 0, record.loadTime > .zero else { return Timestamp(nanoseconds: .max) }
        // The number is below 1, so its logarithm is finite.
        let ahead = lifetimes.earlyRefresh * -log(1 - random())
        return valueEnd + record.loadTime * -ahead
    }

    func failure(_ error: any Error, _ marks: LoadMarks) -> Entry {
        let until = (time.now() + lifetimes.failure).nanoseconds
        return Entry(
            .failed(error), freshUntil: until, staleUntil: until, usableUntil: until, refreshAt: .max,
            version: 0, tags: marks.tags)
    }
}
