import Sluice
import SluiceCache

extension CallPath {
    /// What caches do when they have a value, and when they get one.
    static let caches: [CallPath] = [
        CallPath("cache-hit", "a value that a cache in memory has") { count in
            let cache = filled()
            var sum = 0
            for index in 0..<count { sum += cache.value(for: Callers.names[index % Callers.count]) ?? 0 }
            guard sum == count else { wrong() }
        },
        CallPath("cache-store", "a value kept in an earlier one's place") { count in
            let cache = filled()
            for index in 0..<count { cache.store(1, for: Callers.names[index % Callers.count]) }
            guard cache.value(for: Callers.names[0]) == 1 else { wrong() }
        },
    ]

    private static let bounds = CacheBounds(entries: 10_000, shards: 4)

    private static func filled() -> MemoryCache<String, Int> {
        let cache = MemoryCache<String, Int>(bounds, keptFor: .hours(1), time: .provided(by: StillTime()))
        for name in Callers.names { cache.store(1, for: name) }
        return cache
    }
}
