import LimitProcesses
import Logging
import RESP
import RedisServers
import Sluice
import SluiceRedis
import Synchronization

/// Decisions that never stop while a test does its worst, and what must be true of them in the end.
///
/// Two kinds at once. All workers of one kind share a small window: of what Redis admits, never more than the limit may
/// fall into any window. Each decision of the other kind is for a caller of its own, who may be charged once and
/// whose cell tells in the end whether he was charged, and how often.
final class ChaosLoad: Sendable {
    static let windowCount = 30
    static let window = Duration.milliseconds(300)
    private static let workers = 6

    private struct State {
        var isOver = false
        var nextCaller = 0
        var acknowledged: [Int] = []
        var degraded: [Int] = []
        var admissions: [Admission] = []
        var windowDegraded = 0
    }

    let limiter: SharedLimiter
    private let state = Mutex(State())

    private init(_ limiter: SharedLimiter) { self.limiter = limiter }

    private static let policies = [
        Policy("window", rules: [Rule("shared", .slidingLog(Int64(windowCount), per: window))], onStoreFailure: .deny),
        // Twice, so that a second charge is not refused but seen.
        Policy("once", rules: [Rule("each", by: [.user], .tokenBucket(2, per: .hours(24)))], onStoreFailure: .deny),
    ]

    /// Runs a load while a body does its worst, and tells what came of it.
    ///
    /// The body begins when Redis makes decisions, and the load goes on until it makes them again.
    static func run(on store: RedisStore, while body: (ChaosLoad) async throws -> Void) async throws -> ChaosOutcome {
        var store = store
        // Half of what an unhurried machine needs at most, for a quick breaker; a busy machine is degraded, not wrong.
        store.redis.commandTimeout = .milliseconds(250)
        let load = ChaosLoad(
            try SharedLimiter(
                policies, store: store, logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }))
        let outcome = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask { try await load.askForWindow() }
                group.addTask { try await load.askForEach() }
            }
            do {
                try await load.waitForDecisions()
                try await body(load)
                try await load.waitForDecisions()
            } catch {
                load.state.withLock { $0.isOver = true }
                throw error
            }
            load.state.withLock { $0.isOver = true }
            try await group.waitForAll()
            return try await load.audit()
        }
        await load.limiter.shutDown()
        return outcome
    }

    /// Returns once Redis has made some more decisions of both kinds.
    func waitForDecisions(_ count: Int = 100) async throws {
        let before = progress
        try await eventually("Redis makes decisions again", within: .seconds(180)) {
            progress.each >= before.each + count && progress.window >= before.window + 5
        }
    }

    /// Returns once some more decisions were made without Redis.
    func waitForDegraded(_ count: Int = 5) async throws {
        let before = degradedCount
        try await eventually("decisions are made without Redis") { degradedCount >= before + count }
    }

    private var progress: (each: Int, window: Int) {
        state.withLock { ($0.acknowledged.count, $0.admissions.count) }
    }

    /// Decisions that Redis did not make.
    var degradedCount: Int { state.withLock { $0.degraded.count + $0.windowDegraded } }

    private var isOver: Bool { state.withLock { $0.isOver } }

    // MARK: - Asking

    private func askForWindow() async throws {
        let policy = try limiter.policy("window")
        while !isOver {
            let called = steadyNanoseconds()
            let decision = try await policy.decide([:])
            let admission = Admission(calledNanoseconds: called, answeredNanoseconds: steadyNanoseconds())
            state.withLock { state in
                if decision.isDegraded { state.windowDegraded += 1 }
                if decision.isAllowed { state.admissions.append(admission) }
            }
            if !decision.isAllowed { await rest() }
        }
    }

    private func askForEach() async throws {
        let policy = try limiter.policy("once")
        while !isOver {
            let caller = state.withLock { state in
                state.nextCaller += 1
                return state.nextCaller
            }
            let decision = try await policy.decide([.user: "\(caller)"])
            state.withLock { state in
                if decision.isDegraded { state.degraded.append(caller) } else { state.acknowledged.append(caller) }
            }
            // A load that is not the fastest leaves the servers room to misbehave.
            if decision.isDegraded || caller % 8 == 0 { await rest() }
        }
    }

    // MARK: - The end

    /// Asks for every caller how often he was charged.
    private func audit() async throws -> ChaosOutcome {
        let (acknowledged, degraded, admissions) = state.withLock { ($0.acknowledged, $0.degraded, $0.admissions) }
        var outcome = ChaosOutcome(acknowledged: acknowledged.count, degraded: degradedCount, admissions: admissions)
        for (callers, isAcknowledged) in [(acknowledged, true), (degraded, false)] {
            for charges in try await charges(of: callers) {
                if charges > 1 { outcome.chargedTwice += 1 }
                if charges == 0, isAcknowledged { outcome.lost += 1 }
                if charges == 1, !isAcknowledged { outcome.chargedUnseen += 1 }
            }
        }
        return outcome
    }

    private func charges(of callers: [Int]) async throws -> [Int64] {
        let policy = try limiter.policy("once")
        return try await withThrowingTaskGroup(of: [Int64].self) { group in
            for worker in 0..<64 {
                group.addTask {
                    var charges: [Int64] = []
                    for index in stride(from: worker, to: callers.count, by: 64) {
                        charges.append(
                            try await eventualValue("Redis tells of a caller") {
                                let decision = try await policy.peek([.user: "\(callers[index])"])
                                return decision.isDegraded ? nil : 2 - decision.remaining
                            })
                    }
                    return charges
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

/// What came of a `ChaosLoad`.
struct ChaosOutcome: Sendable, CustomStringConvertible {
    /// Decisions for callers of their own that Redis made.
    var acknowledged: Int
    /// Decisions of both kinds that Redis did not make, or of which it could not tell.
    var degraded: Int
    /// What Redis admitted into the shared window.
    var admissions: [Admission]
    /// Callers who were charged more than once for one request: law 9.
    var chargedTwice = 0
    /// Callers whose charge Redis had acknowledged and does not know of.
    var lost = 0
    /// Callers who were charged by a decision that did not come back: it is no fault, but law 9 allows it once only.
    var chargedUnseen = 0

    /// What breaks the shared window's bound: law 2.
    ///
    /// - Parameter times: how often the window may have begun anew, because Redis forgot everything.
    func breach(forgotten times: Int = 0) -> String? {
        AdmissionBound.window(ChaosLoad.windowCount * (times + 1), per: ChaosLoad.window).firstBreach(in: admissions)
    }

    var description: String {
        "\(acknowledged) acknowledged, \(degraded) degraded, \(chargedUnseen) charged unseen, \(lost) lost, "
            + "\(chargedTwice) charged twice, \(admissions.count) admitted into the window"
    }
}
