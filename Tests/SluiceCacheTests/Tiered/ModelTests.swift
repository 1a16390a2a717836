import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceCache

/// Two instances over one tier, against a model that knows what each answer may be.
///
/// Every value says when it was written. An answer is right if it is what the source has, or if it had it no longer ago
/// than lifetimes allow, and nobody has invalidated it since.
@Suite("Random questions, changes and time")
struct ModelTests {
    private struct Truth {
        var value: String?
        /// Values that may still be answered, and until when.
        var older: [(value: String?, until: Timestamp)] = []
    }

    private static let life = Duration.seconds(20)
    private static let names = (0..<12).map { "\($0 % 3):\($0)" }

    @Test("are answered as the model allows", arguments: 1...20)
    func answers(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let (source, time) = (Source(), ManualTime())
        let shelf = SharedShelf(.provided(by: time))
        var lifetimes = CacheLifetimes(memory: .seconds(5), shared: Self.life, absent: Self.life)
        if seed.isMultiple(of: 2) { lifetimes.staleWhileRevalidate = .seconds(10) }
        let caches = [1, 2].map { number in
            TieredCache<String>(
                CacheBounds(entries: seed.isMultiple(of: 3) ? 4 : 100), lifetimes, CacheLimits(),
                .provided(by: time), tier: shelf.tier(number), codec: .text, weigher: nil, random: { 0.5 },
                loader: { Loaded(try await source.load($0)) })
        }
        var truths: [String: Truth] = [:]
        for step in 0..<600 {
            let name = random.pick(Self.names)
            let cache = random.pick(caches)
            switch random.number(in: 0...11) {
            case 0...5:
                let value = try await cache.value(for: name, tags: [String(name.prefix(1))])
                let truth = truths[name] ?? Truth()
                let isAllowed =
                    value == truth.value
                    || truth.older.contains { $0.value == value && $0.until > time.now() }
                #expect(isAllowed, "seed \(seed), step \(step): \(name) is \(value ?? "nothing")")
            case 6...7:
                // A change of which nobody tells the cache: the old value lives on until it is stale.
                let until = time.now() + Self.life + lifetimes.staleWhileRevalidate
                truths[name, default: Truth()].older.append((truths[name]?.value, until))
                truths[name]!.value = random.chance(20) ? nil : "\(step)"
                source[name] = truths[name]!.value
            case 8: try await invalidate(.name(name), [name])
            case 9:
                let group = name.prefix(1)
                let scope: CacheScope = random.chance(50) ? .tag(String(group)) : .matching("\(group):*")
                try await invalidate(scope, Self.names.filter { $0.hasPrefix(group) })
            case 10:
                source[name] = "\(step)"
                try await cache.store("\(step)", for: name, tags: [String(name.prefix(1))])
                truths[name] = Truth(value: "\(step)")
            default: time.advance(by: .milliseconds(random.number(in: 0...8_000)))
            }
            func invalidate(_ scope: CacheScope, _ names: [String]) async throws {
                try await cache.invalidate(scope)
                for name in names { truths[name]?.older = [] }
            }
            for cache in caches { while cache.state.withLock({ $0.table.count }) > 0 { await Task.yield() } }
        }
        #expect(caches[0].statistics.hits > 0 && caches[0].statistics.sharedHits > 0)
    }
}
