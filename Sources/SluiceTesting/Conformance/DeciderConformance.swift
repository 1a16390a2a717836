public import Sluice

/// Holds a decider to the laws: random traces, decision by decision against the oracle.
///
/// A store passes if every check returns; the first broken law throws a ``ConformanceFailure`` with its seed and
/// the shortest trace that the suite could find.
///
/// ```swift
/// @Test("Redis decides as memory does", arguments: Limit.Algorithm.allCases)
/// func conforms(algorithm: Limit.Algorithm) async throws {
///     let suite = DeciderConformance(seeds: 0..<20) { policies in try await RedisDecider(policies) }
///     try await suite.checkAlgorithm(algorithm)
/// }
/// ```
/// Compare the coverage that a check returns with what the test means to cover: a suite that met no denial has
/// tested little.
public struct DeciderConformance<D: Decider>: Sendable {
    /// Makes a decider with these policies and nothing used.
    public typealias Maker = @Sendable ([Policy]) async throws -> D

    /// The traces to play.
    public var seeds: Range<UInt64>
    /// Steps of a trace.
    public var length: Int
    private let makeDecider: Maker

    /// A suite for the deciders that `makeDecider` makes.
    public init(seeds: Range<UInt64>, length: Int = 120, makeDecider: @escaping Maker) {
        (self.seeds, self.length, self.makeDecider) = (seeds, length, makeDecider)
    }

    /// All checks; clock steps only if the decider's time may go back.
    @discardableResult
    public func run() async throws -> ConformanceCoverage {
        var sum = ConformanceCoverage()
        for algorithm in TraceGenerator.chargingAlgorithms {
            sum = try await sum + checkAlgorithm(algorithm) + checkClockSteps(algorithm)
        }
        sum = try await sum + checkPolicies() + checkPenalties() + checkLeases() + checkReplacedPolicies()
        sum = try await sum + checkHolds()
        for algorithm in TraceGenerator.chargingAlgorithms { sum = try await sum + checkSettlements(algorithm) }
        return sum
    }

    /// One rule of one algorithm: its bound, its exact answers, refund and reset (laws 2 and 3).
    @discardableResult
    public func checkAlgorithm(_ algorithm: Limit.Algorithm) async throws -> ConformanceCoverage {
        try await check(.same) { generator, length in
            let policies = [generator.singlePolicy(algorithm)]
            return (policies, generator.trace(over: policies, length: length))
        }
    }

    /// Policies of several rules: all or nothing, which rule is named, lists, conditions, overrides, shadows (law 1).
    @discardableResult
    public func checkPolicies() async throws -> ConformanceCoverage {
        try await check(.same) { generator, length in
            let policies = [generator.policy(named: "one"), generator.policy(named: "two")]
            return (policies, generator.trace(over: policies, length: length))
        }
    }

    /// Bans and shrinking limits, in whole milliseconds: a penalty may keep its times no finer.
    @discardableResult
    public func checkPenalties() async throws -> ConformanceCoverage {
        let bans = try await check(.same, resolution: .milliseconds(1)) { generator, length in
            let policies = [generator.punishingPolicy(named: "bans")]
            return (policies, generator.trace(over: policies, length: length))
        }
        let shrinking = try await check(.same, resolution: .milliseconds(1)) { generator, length in
            let policies = [generator.shrinkingPolicy(named: "shrinks")]
            return (policies, generator.trace(over: policies, length: length))
        }
        return bans + shrinking
    }

    /// Rules closed and opened by hand, some of which also ban by themselves.
    @discardableResult
    public func checkHolds() async throws -> ConformanceCoverage {
        try await check(.same, resolution: .milliseconds(1)) { generator, length in
            let policies = [generator.holdablePolicy(named: "held"), generator.punishingPolicy(named: "bans")]
            return (policies, generator.holdTrace(over: policies, length: length))
        }
    }

    /// Costs corrected after the call, also beyond the limit, in a policy of a rule that counts costs and one that
    /// counts calls.
    @discardableResult
    public func checkSettlements(_ algorithm: Limit.Algorithm) async throws -> ConformanceCoverage {
        try await check(.same) { generator, length in
            var policies = [generator.singlePolicy(algorithm)]
            var calls = Rule("calls", by: .user, generator.limit(.fixedWindow))
            calls.cost = 1
            if generator.random.chance(30) { policies[0].rules.append(calls) }
            return (policies, generator.settlementTrace(over: policies, length: length))
        }
    }

    /// Leases taken, renewed, released and left to expire.
    @discardableResult
    public func checkLeases() async throws -> ConformanceCoverage {
        try await check(.same) { generator, length in
            let policies = [generator.leasePolicy(named: "leases")]
            return (policies, generator.leaseTrace(over: policies, length: length))
        }
    }

    /// Limits whose numbers change while they are in use (law 8).
    @discardableResult
    public func checkReplacedPolicies() async throws -> ConformanceCoverage {
        try await check(.same) { generator, length in
            let algorithm = generator.random.pick(
                [.slidingLog, .slidingWindow, .fixedWindow, .quota] as [Limit.Algorithm])
            var policies = [generator.singlePolicy(algorithm)]
            let first = policies
            var steps: [TraceStep] = []
            for _ in 0..<4 {
                steps += generator.trace(over: policies, length: length / 4)
                policies[0].rules[0].limit.count = generator.random.number(in: 1...60)
                policies[0].rules[0].limit.burst = policies[0].rules[0].limit.count
                steps.append(.replacePolicies(policies))
            }
            return (first, steps)
        }
    }

    /// A clock that goes back: never more than the bound, and a denial's retry is still exact (law 6).
    @discardableResult
    public func checkClockSteps(_ algorithm: Limit.Algorithm) async throws -> ConformanceCoverage {
        try await check(.neverMore) { generator, length in
            let policies = [generator.singlePolicy(algorithm)]
            let span = max(policies[0].rules[0].limit.periodNanoseconds, 1_000_000)
            let steps = generator.trace(over: policies, length: length).map { step in
                guard generator.random.chance(15) else { return step }
                return .stepBack(generator.random.number(in: 0...3 * span))
            }
            return (policies, steps)
        }
    }

    private typealias Scenario = (inout TraceGenerator, Int) -> ([Policy], [TraceStep])

    private func check(
        _ exactness: Replay<D>.Exactness, resolution: Duration = .zero, _ scenario: Scenario
    ) async throws -> ConformanceCoverage {
        var sum = ConformanceCoverage()
        for seed in seeds {
            // The resolution and the clock are the decider's, so one has to exist before there is a trace.
            let probe = try await makeDecider([])
            if exactness == .neverMore, !probe.canStepBack { continue }
            var generator = TraceGenerator(seed: seed, resolution: max(resolution, probe.resolution))
            let (policies, steps) = scenario(&generator, length)
            do {
                sum = try await sum + play(steps, policies, exactness, seed: seed)
            } catch let failure as ConformanceFailure {
                throw await shortened(failure, policies, exactness)
            }
        }
        return sum
    }

    private func play(
        _ steps: [TraceStep], _ policies: [Policy], _ exactness: Replay<D>.Exactness, seed: UInt64
    ) async throws -> ConformanceCoverage {
        var replay = Replay(try await makeDecider(policies), policies, exactness)
        for (index, step) in steps.enumerated() {
            do {
                try await replay.play(step)
            } catch let mismatch as Replay<D>.Mismatch {
                throw ConformanceFailure(
                    message: mismatch.message, seed: seed, policies: policies, steps: Array(steps[...index]),
                    moment: Timestamp(nanoseconds: replay.now))
            }
        }
        return replay.coverage
    }

    /// Leaves out steps as long as what is left still fails.
    private func shortened(
        _ failure: ConformanceFailure, _ policies: [Policy], _ exactness: Replay<D>.Exactness
    ) async -> ConformanceFailure {
        var best = failure
        var chunk = max(1, best.steps.count / 2)
        while chunk >= 1 {
            var start = 0
            while start < best.steps.count {
                var steps = best.steps
                steps.removeSubrange(start..<min(start + chunk, steps.count))
                do {
                    _ = try await play(steps, policies, exactness, seed: failure.seed)
                    start += chunk
                } catch let shorter as ConformanceFailure {
                    best = shorter
                } catch {
                    start += chunk
                }
            }
            chunk /= 2
        }
        return best
    }
}
