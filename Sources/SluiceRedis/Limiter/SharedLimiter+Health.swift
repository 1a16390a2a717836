import NIOCore
import Sluice
import Synchronization

/// Whether Redis answers.
extension SharedLimiter {
    /// Whether decisions are made on Redis at this moment: every lane asks for one, which charges nothing.
    ///
    /// It goes the way of all decisions, so it tells what becomes of them: a server that is reached but refuses to
    /// decide does not count, and while a breaker is open it is the probe that closes it again. In a cluster a lane
    /// asks under several hash tags and is content with one answer: a part that fails over leaves the rest at work.
    /// - Complexity: One round trip; at most the store's time-out.
    package func reachesStore() async -> Bool {
        let lanes = lanes
        return await withUnsafeContinuation { continuation in
            let count = HealthCount(of: lanes.count) { continuation.resume(returning: $0) }
            for lane in lanes { probe(lane) { count.note($0) } }
        }
    }

    /// Keys that a lane asks for. Eight tags all fall to one of three masters in one of two thousand cases.
    private var probes: Int { store.isCluster ? 8 : 1 }

    private func probe(_ lane: StoreLane, completion: @escaping @Sendable (Bool) -> Void) {
        let count = HealthCount(of: probes, needingAll: false, completion: completion)
        for number in 0..<probes {
            let plan = "sluice health \(number)".utf8CString.withUnsafeBytes { key in
                ThrottlePlan(key: key, in: planner, maxBurst: 0, count: 1, periodSeconds: 1, quantity: 0)
            }
            lane.submit(
                StoreRequest([plan.look], .peek, deadline: lane.now + store.timeAmount, keeping: plan) { answer in
                    if case .judged = answer { count.note(true) } else { count.note(false) }
                })
        }
    }
}

/// Gathers answers of several lanes, which come on several threads.
private final class HealthCount: Sendable {
    private struct State {
        var missing: Int
        var good = 0
    }

    private let state: Mutex<State>
    private let total: Int
    private let needsAll: Bool
    private let completion: @Sendable (Bool) -> Void

    init(of total: Int, needingAll: Bool = true, completion: @escaping @Sendable (Bool) -> Void) {
        state = Mutex(State(missing: total))
        self.total = total
        needsAll = needingAll
        self.completion = completion
    }

    func note(_ isGood: Bool) {
        let verdict: Bool? = state.withLock { state in
            state.missing -= 1
            if isGood { state.good += 1 }
            guard state.missing == 0 else { return nil }
            return needsAll ? state.good == total : state.good > 0
        }
        if let verdict { completion(verdict) }
    }
}
