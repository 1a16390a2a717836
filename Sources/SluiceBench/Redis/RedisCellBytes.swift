import RedisServers
import Sluice
import SluiceRedis

/// What Redis keeps for each caller, by algorithm: how much its memory grows.
struct RedisCellBytes {
    private static let callers = [1_000, 10_000, 100_000]
    /// What is counted, and of how many callers at most. The periods are long, so that every cell lives.
    private static let algorithms: [(policy: Policy, hits: Int, steps: Int)] = [
        (single(.tokenBucket(10, per: .hours(1))), 1, 3), (single(.slidingWindow(10, per: .hours(1))), 1, 3),
        (single(.fixedWindow(10, per: .hours(1))), 1, 3), (single(.quota(10, per: .day)), 1, 3),
        (single(.cooldown(.hours(1))), 1, 3), (single(.debounce(.hours(1))), 1, 3),
        (single(.concurrency(10, lease: .seconds(300))), 1, 3), (single(.slidingLog(20, per: .hours(1))), 20, 2),
        (
            Policy("both") {
                Rule("debounce", by: .user, .debounce(.hours(1)))
                Rule("rate", by: .user, .slidingWindow(10, per: .hours(1)))
            }, 1, 3
        ),
    ]
    let context: BenchContext

    /// What each caller takes by algorithm, and all of them together beside what is published.
    func tables() async throws -> [BenchTable] {
        let names = Self.algorithms.map { $0.hits > 1 ? "\($0.policy.name), \($0.hits) hits" : $0.policy.name }
        var sums: [[Rounds]] = []
        for (index, line) in Self.algorithms.enumerated() {
            context.progress("bytes, \(names[index])", Double(index) / Double(Self.algorithms.count))
            guard let store = context.redis else {
                sums.append([])
                continue
            }
            sums.append(try await measure(line.policy, hits: line.hits, steps: line.steps, on: store))
        }
        var table = BenchTable(
            "bytes for each caller on Redis, by how many there are", "algorithm",
            columns: ["each of 1,000", "each of 10,000", "each of 100,000"],
            notes: [
                "how much used_memory grows, without clients' buffers; nothing else may write to that Redis meanwhile",
                "three rounds at most, for one is like the other",
                "callers share at most 65,536 keys, so the more there are, the less each of them takes",
            ])
        for (name, rounds) in zip(names.dropLast(), sums) {
            table.add(name, Self.callers.indices.map { figure(rounds, $0, isEach: true) })
        }
        return [table, users(sums)]
    }

    /// The same in the words of aiogram-sentinel's table.
    private func users(_ sums: [[Rounds]]) -> BenchTable {
        let hasFigures = sums.contains { !$0.isEmpty }
        var table = BenchTable(
            "what Redis keeps of a bot's users", "data", columns: ["a user of 100,000", "1,000 users", "10,000 users"],
            source: hasFigures ? "aiogram-sentinel 0.1.1" : nil,
            notes: ["rate limits are a sliding window; both is one policy of two rules"])
        let rows: [(name: String, policy: String, published: [Double])] = [
            ("rate limits", "sliding-window", [100, 100e3, 1e6]), ("debounce", "debounce", [50, 50e3, 0.5e6]),
            ("both", "both", [150, 150e3, 1.5e6]),
        ]
        for row in rows {
            let place = Self.algorithms.firstIndex { $0.policy.name == row.policy } ?? 0
            table.add(
                row.name,
                [
                    figure(sums[place], 2, isEach: true, published: row.published[0]),
                    figure(sums[place], 0, isEach: false, published: row.published[1]),
                    figure(sums[place], 1, isEach: false, published: row.published[2]),
                ])
        }
        return table
    }

    /// - Parameter step: Of how many callers. Where the memory did not grow, others have freed some.
    private func figure(_ rounds: [Rounds], _ step: Int, isEach: Bool, published: Double? = nil) -> Figure? {
        guard step < rounds.count, rounds[step].values.allSatisfy({ $0 > 0 }) else { return nil }
        let count = isEach ? Double(context.scaled(Self.callers[step])) : 1
        return Figure(Rounds(rounds[step].values.map { $0 / count }), .bytes, published: published)
    }

    private static func single(_ limit: Limit) -> Policy {
        Policy(limit.algorithm.rawValue) { Rule("one", by: .user, limit) }
    }
}

// MARK: - Measuring

extension RedisCellBytes {
    /// - Returns: By how many bytes the memory has grown after each step.
    private func measure(_ policy: Policy, hits: Int, steps: Int, on store: RedisStore) async throws -> [Rounds] {
        let counts = Self.callers.prefix(steps).map(context.scaled)
        return try await RedisObserver.during(store) { observer in
            let limiter = try SharedLimiter([policy], store: store, logger: .silent)
            do {
                let sums = try await grow(counts, hits: hits, limiter, policy, observer)
                await limiter.shutDown()
                try await empty(store, observer)
                return sums
            } catch {
                await limiter.shutDown()
                // Redis may be what failed.
                try? await empty(store, observer)
                throw error
            }
        }
    }

    private func grow(
        _ counts: [Int], hits: Int, _ limiter: SharedLimiter, _ policy: Policy, _ observer: RedisObserver
    ) async throws -> [Rounds] {
        let users = (0..<(counts.last ?? 0)).map { Descriptor.user("\($0)") }
        var sums = counts.map { _ in Rounds() }
        // What Redis makes at the first call of each command is there before the first round begins.
        try await fill(users[..<1], hits, limiter, policy)
        _ = try await memory(observer)
        for _ in 0..<min(context.rounds, 3) {
            try await empty(limiter.store, observer)
            let before = try await memory(observer)
            var filled = 0
            for (step, count) in counts.enumerated() {
                try await fill(users[min(filled, count)..<count], hits, limiter, policy)
                filled = count
                sums[step].add(try await memory(observer) - before)
            }
        }
        return sums
    }

    /// What is in use once it stays the same for longer than Redis waits between two looks at its tables, which it
    /// makes larger and smaller bit by bit.
    private func memory(_ observer: RedisObserver) async throws -> Double {
        var (last, repeats) = (0.0, 0)
        for _ in 0..<100 where repeats < 5 {
            guard let now = try await observer.memory() else {
                throw BenchError("this Redis does not tell how much memory it uses: let its user call INFO")
            }
            repeats = now == last ? repeats + 1 : 0
            last = now
            try await Task.sleep(for: .milliseconds(25))
        }
        return last
    }

    /// Leaves no cell behind. A server of this run's own is emptied, so that its tables are as small as at first.
    private func empty(_ store: RedisStore, _ observer: RedisObserver) async throws {
        if let server = context.servers?.single {
            try await server.succeed("FLUSHALL", "SYNC")
        } else {
            try await observer.removeKeys(under: store.prefix)
        }
    }

    private func fill(
        _ users: ArraySlice<Descriptor>, _ hits: Int, _ limiter: SharedLimiter, _ policy: Policy
    ) async throws {
        let holds = policy.rules.contains { $0.limit.algorithm == .concurrency }
        let load = CallLoad(callers: 1_024) { number in
            let decision = try await Self.decision(of: limiter, policy.name, users[number], holds: holds)
            guard !decision.isDegraded else {
                throw BenchError("Redis did not decide: start it, or name one that is there with --redis")
            }
            guard decision.isAllowed else {
                throw BenchError("\(policy.name) denied a caller who is new: does something else use its keys?")
            }
        }
        for _ in 0..<hits { try await load.run(users.indices) }
    }

    private static func decision(
        of limiter: SharedLimiter, _ policy: String, _ user: Descriptor, holds: Bool
    ) async throws -> Decision {
        if holds { return try await limiter.acquire(policy, user).decision }
        return try await limiter.decide(policy, user)
    }
}
