import Foundation
import Sluice
import SluiceCache
import Synchronization

/// Ten thousand tasks that miss one key at once.
enum StampedeSuite {
    static func run(rounds: Int) async throws {
        var times: [Double] = []
        var loads: [Int] = []
        for _ in 0..<rounds {
            let loaded = Mutex(0)
            let cache = TieredCache<Int>(lifetimes: CacheLifetimes(memory: .hours(1))) { _ in
                loaded.withLock { $0 += 1 }
                try await Task.sleep(for: .milliseconds(50))
                return 1
            }
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10_000 { group.addTask { _ = try await cache.value(for: "one") } }
                try await group.waitForAll()
            }
            times.append(Double((ContinuousClock.now - began).wholeNanoseconds) / 1e6)
            loads.append(loaded.withLock { $0 })
        }
        let median = times.sorted()[times.count / 2]
        print(
            "\n10,000 tasks miss one key whose load takes 50 ms: loads \(loads), all answered after \(Int(median)) ms")
    }
}
