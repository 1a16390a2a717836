import Dispatch
import Foundation
import Sluice
import Synchronization

extension Suite {
    /// A thousand tasks that ask while policies are replaced, against the same while they are not.
    static let readers = Suite(name: "readers", title: "1,000 tasks look a policy up by name and ask, 1,000 rules") {
        rounds in
        var (quiet, reloading) = (ReaderSamples(), ReaderSamples())
        var (replacing, during, always) = (Samples(), Samples(), Samples())
        let scene = try ReadersScene()
        for _ in 0..<min(rounds, 5) {
            quiet.add(try scene.run(replacing: false).reads)
            let round = try scene.run(replacing: true)
            reloading.add(round.reads)
            replacing.values.append(round.replacingMilliseconds)
            during.values.append(round.readsWhileReplacing)
            always.values.append(round.readsAlways)
        }
        return reloading.findings(against: quiet) + [
            Finding("reads while policies are replaced", "/ms", during, against: "all the time", always),
            Finding("replacing 1,000 rules", "ms", replacing),
        ]
    }
}

/// Quantiles of several rounds.
private struct ReaderSamples {
    private static let shares = [("p50", 0.5), ("p99", 0.99), ("p99.99", 0.9999), ("max", 1)]
    private var values = shares.map { _ in Samples() }

    mutating func add(_ reads: Histogram) {
        for (index, share) in Self.shares.enumerated() {
            values[index].values.append(Double(reads.quantile(share.1)) / 1e3)
        }
    }

    func findings(against quiet: ReaderSamples) -> [Finding] {
        Self.shares.indices.map { index in
            Finding(
                "one each second, \(Self.shares[index].0)", "us", values[index], against: "no reload",
                quiet.values[index])
        }
    }
}

/// Some time, and how much was done in it.
private struct Stretch {
    private var nanoseconds: Int64 = 0
    private var done = 0

    var milliseconds: Double { Double(nanoseconds) / 1e6 }
    var perMillisecond: Double { milliseconds > 0 ? Double(done) / milliseconds : 0 }

    /// - Parameter count: How much has been done until then.
    mutating func add(_ count: @autoclosure () -> Int, _ body: () throws -> Void) rethrows {
        let (began, before) = (TimeSource.system.now().nanoseconds, count())
        try body()
        done += count() - before
        nanoseconds += TimeSource.system.now().nanoseconds - began
    }
}

/// Readers who each ask a hundred times and then let others run.
private final class ReadersScene: Sendable {
    private static let tasks = 1_000
    private static let seconds = 4
    private let limiter: Limiter
    private let clock = TimeSource.system
    private let isOver = Atomic(false)
    private let done = Atomic(0)
    private let reads = Mutex(Histogram())

    init() throws { limiter = try Limiter(Self.policies(round: 0)) }

    /// 250 policies of four rules, whose numbers change each time.
    private static func policies(round: Int) -> [Policy] {
        (0..<250).map { number in
            Policy("policy\(number)") {
                ["second", "minute", "hour", "day"].map {
                    Rule($0, by: .user, .tokenBucket(generous.count + Int64(round), per: generous.period))
                }
            }
        }
    }

    struct Round {
        /// What each read took, in nanoseconds.
        var reads = Histogram()
        /// Reads that ended in a millisecond, while policies were replaced and in all.
        var readsWhileReplacing = 0.0
        var readsAlways = 0.0
        /// The mean of the replacements.
        var replacingMilliseconds = 0.0
    }

    func run(replacing: Bool) throws -> Round {
        isOver.store(false, ordering: .relaxed)
        reads.withLock { $0 = Histogram() }
        let ended = DispatchSemaphore(value: 0)
        Task {
            await withDiscardingTaskGroup { group in
                for number in 0..<Self.tasks { group.addTask { await self.read(number) } }
            }
            ended.signal()
        }
        var (replacements, whole) = (Stretch(), Stretch())
        for round in 1...Self.seconds {
            try whole.add(count) {
                Thread.sleep(forTimeInterval: 1)
                guard replacing else { return }
                let policies = Self.policies(round: round)
                try replacements.add(count) { try limiter.replacePolicies(with: policies) }
            }
        }
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        return Round(
            reads: reads.withLock { $0 }, readsWhileReplacing: replacements.perMillisecond,
            readsAlways: whole.perMillisecond, replacingMilliseconds: replacements.milliseconds / Double(Self.seconds))
    }

    private var count: Int { done.load(ordering: .relaxed) }

    private func read(_ number: Int) async {
        var own = Histogram()
        let (policy, user) = ("policy\(number % 250)", "\(number)")
        while !isOver.load(ordering: .relaxed) {
            for _ in 0..<100 {
                let began = clock.now().nanoseconds
                let decision = try? limiter.policy(policy).decide(user)
                own.record(clock.now().nanoseconds - began)
                precondition(decision?.isAllowed == true, "a decision was denied")
            }
            done.add(100, ordering: .relaxed)
            await Task.yield()
        }
        reads.withLock { $0.add(own) }
    }
}
