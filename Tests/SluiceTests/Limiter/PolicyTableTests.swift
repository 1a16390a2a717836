import Foundation
import Sluice
import Synchronization
import Testing

@Suite("Policies looked up by many threads")
struct PolicyTableTests {
    private static func policies(_ name: String) -> [Policy] {
        [Policy(name) { Rule("r", by: .user, .tokenBucket(5, per: .seconds(1))) }]
    }

    @Test("are the new ones for every thread once a reload has returned, and the old ones for none")
    func reload() throws {
        let limiter = try Limiter(Self.policies("old"))
        let knows = { @Sendable (name: String) in (try? limiter.policy(name)) != nil }
        // All are there at the same time, so that each has a stack of its own, and so most a copy of their own.
        let threads = 48
        let hasLooked = DispatchSemaphore(value: 0)
        let isReloaded = DispatchSemaphore(value: 0)
        let stale = Atomic(0)
        onThreads(threads) { index in
            guard index > 0 else {
                for _ in 1..<threads { hasLooked.wait() }
                if (try? limiter.replacePolicies(with: Self.policies("new"))) == nil {
                    stale.add(1, ordering: .relaxed)
                }
                for _ in 1..<threads { isReloaded.signal() }
                return
            }
            let knew = knows("old")
            hasLooked.signal()
            isReloaded.wait()
            let isCurrent = knows("new") && !knows("old") && limiter.policies.map(\.name) == ["new"]
            if !knew || !isCurrent { stale.add(1, ordering: .relaxed) }
        }
        #expect(stale.load(ordering: .relaxed) == 0)
    }
}
