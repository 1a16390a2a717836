import Foundation
import Sluice
import SluiceCache
import Synchronization

/// What a hit takes, beside a `Dictionary` under a `Mutex`.
enum LatencySuite {
    private static let calls = 1_000_000

    /// What the dictionary is kept in; a class, as a cache is.
    private final class Plain: Sendable {
        let entries: Mutex<[String: Int]>

        init(_ names: [String]) {
            entries = Mutex(Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }))
        }

        func value(for name: String) -> Int? { entries.withLock { $0[name] } }
    }

    static func run(rounds: Int) async throws {
        let names = (0..<1_000).map { "product:\($0):description" }
        let plain = Plain(names)
        let memory = MemoryCache<String, Int>(CacheBounds(entries: 2_000), keptFor: .hours(1))
        let tiered = TieredCache<Int>(
            bounds: CacheBounds(entries: 2_000), lifetimes: CacheLifetimes(memory: .hours(1))
        ) { $0.utf8.count }
        for (number, name) in names.enumerated() {
            memory.store(number, for: name)
            _ = try await tiered.value(for: name)
        }
        var times = [[Double]](repeating: [], count: 4)
        for _ in 0..<rounds {
            times[0].append(perCall { name, sum in sum &+= plain.value(for: name) ?? 0 })
            times[1].append(perCall { name, sum in sum &+= memory.value(for: name) ?? 0 })
            times[2].append(perCall { name, sum in sum &+= tiered.cached(name) ?? 0 })
            times[3].append(try await perAwait(tiered))
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        print("\n| a hit, one thread, 1,000 keys of 20 bytes | ns | × |\n|---|---|---|")
        let sides = [
            "`Dictionary` under a `Mutex`", "`MemoryCache.value(for:)`", "`TieredCache.cached(_:)`",
            "`await TieredCache.value(for:)`",
        ]
        for (side, median) in zip(sides, medians) {
            print("| \(side) | \(String(format: "%.0f", median)) | \(String(format: "%.2f", median / medians[0])) |")
        }

        func perCall(_ call: (String, inout Int) -> Void) -> Double {
            var sum = 0
            let began = ContinuousClock.now
            for number in 0..<calls { call(names[number &* 7 % 1_000], &sum) }
            let took = ContinuousClock.now - began
            precondition(sum > 0)
            return Double(took.wholeNanoseconds) / Double(calls)
        }

        func perAwait(_ cache: TieredCache<Int>) async throws -> Double {
            var sum = 0
            let began = ContinuousClock.now
            for number in 0..<calls { sum &+= try await cache.value(for: names[number &* 7 % 1_000]) ?? 0 }
            let took = ContinuousClock.now - began
            precondition(sum > 0)
            return Double(took.wholeNanoseconds) / Double(calls)
        }
    }
}
