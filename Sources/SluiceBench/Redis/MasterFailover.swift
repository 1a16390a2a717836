import RedisServers
import Sluice
import SluiceRedis
import Synchronization

/// What becomes of decisions while a master of the cluster is killed and its replica takes over.
struct MasterFailover {
    /// After how much silence the other nodes take one for dead.
    private static let nodeTimeout = Duration.seconds(1)
    private static let pause = Duration.milliseconds(1)
    private static let policy = Policy("rate") {
        Rule("rate", by: .user, .tokenBucket(1_000, per: .seconds(1), burst: 100_000))
    }
    let context: BenchContext

    func table() async throws -> BenchTable {
        var table = BenchTable(
            "a master is killed: what becomes of decisions on its slots", "killed",
            columns: [
                "until a replica is master", "until Redis decides again", "until the last without it",
                "asked in that time", "decided without it",
                "failed",
            ],
            notes: [
                "1,000 decisions a second, whoever is answered or not; each waits for Redis for 250 ms at most",
                "from kill -9 on; nodes take another for dead after 1 s of silence, which is in the time "
                    + "(cluster-node-timeout; Redis's own default is 15 s)",
            ])
        guard let cluster = context.servers?.several else {
            table.add("a master of 3", [nil, nil, nil, nil, nil, nil])
            return table
        }
        var rounds = (0..<6).map { _ in Rounds() }
        try await setTimeout(Self.nodeTimeout, of: cluster)
        for round in 0..<context.rounds {
            context.progress("failover \(round + 1)", Double(round) / Double(context.rounds))
            for (index, value) in try await kill(in: cluster).enumerated() { rounds[index].add(value) }
        }
        try await setTimeout(BenchServers.patience, of: cluster)
        let units: [Figure.Unit] = [.nanoseconds, .nanoseconds, .nanoseconds, .count, .count, .count]
        table.add("a master of 3", zip(rounds, units).map { Figure($0, $1) })
        return table
    }

    private func setTimeout(_ timeout: Duration, of cluster: RedisCluster) async throws {
        for server in cluster.servers {
            try await server.configSet("cluster-node-timeout", "\(Int(timeout / .milliseconds(1)))")
        }
    }

    /// Kills the master of some keys while they are decided on, and starts it again as a replica.
    private func kill(in cluster: RedisCluster) async throws -> [Double] {
        // With the braces in front all keys of this store have one slot.
        let prefix = "{bench-\(UInt32.random(in: .min ... .max))}"
        let master = try await cluster.master(of: try await cluster.slot(of: prefix))
        var store = try RedisStore(cluster: cluster.url)
        store.prefix = prefix
        store.rememberedDenials = 0
        guard let replica = try await cluster.replicas(of: master).first else {
            throw BenchError("a master of the cluster has no replica to take over; please report this")
        }
        let limiter = try SharedLimiter([Self.policy], store: store, logger: .silent)
        let log = DecisionLog()
        do {
            try await eventually("the cluster decides", within: .seconds(30)) {
                try await !limiter.decide(Self.policy.name, .user("0")).isDegraded
            }
            let (killed, gone, taken) = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await Self.ask(limiter, log) }
                try await Task.sleep(for: .milliseconds(200))
                let killed = ContinuousClock.now
                await cluster.kill(master)
                let gone = ContinuousClock.now
                try await eventually("a replica takes over", within: .seconds(60)) {
                    try await replica.command("ROLE").list.first == .text("master")
                }
                let taken = ContinuousClock.now
                try await eventually("the cluster decides again", within: .seconds(60)) {
                    log.firstByRedis(askedAfter: gone) != nil
                }
                // Long enough for a decision that is still waiting, and for a breaker that is still open.
                try await Task.sleep(for: .seconds(1))
                group.cancelAll()
                try await group.waitForAll()
                return (killed, gone, taken)
            }
            await limiter.shutDown()
            try await master.restart()
            try await cluster.waitUntilInOrder()
            return [(taken - killed) / .nanoseconds(1)] + log.outcome(killed: killed, gone: gone)
        } catch {
            await limiter.shutDown()
            throw error
        }
    }

    /// Asks at a steady rate until the task is cancelled, whatever becomes of what was asked before.
    @concurrent
    private static func ask(_ limiter: SharedLimiter, _ log: DecisionLog) async {
        let users = (0..<1_000).map { Descriptor.user("\($0)") }
        await withDiscardingTaskGroup { group in
            var due = ContinuousClock.now
            var number = 0
            while !Task.isCancelled {
                due += pause
                // Who is cancelled need not wait.
                try? await Task.sleep(until: due, clock: .continuous)
                let user = users[number % users.count]
                number += 1
                group.addTask {
                    let asked = ContinuousClock.now
                    let decision = try? await limiter.decide(policy.name, user)
                    log.add(asked: asked, decision)
                }
            }
        }
    }
}

/// What became of decisions, and when.
private final class DecisionLog: Sendable {
    private struct Entry {
        var asked: ContinuousClock.Instant
        var answered: ContinuousClock.Instant
        /// `nil` for an error.
        var isDegraded: Bool?
    }

    private let entries = Mutex<[Entry]>([])

    func add(asked: ContinuousClock.Instant, _ decision: Decision?) {
        let entry = Entry(asked: asked, answered: .now, isDegraded: decision?.isDegraded)
        entries.withLock { $0.append(entry) }
    }

    /// When Redis first answered what was asked after some moment.
    func firstByRedis(askedAfter moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        entries.withLock { entries in
            entries.lazy.filter { $0.asked > moment && $0.isDegraded == false }.map(\.answered).min()
        }
    }

    /// The columns of the table from the second on.
    /// - Parameters:
    ///   - killed: When the master was told to end, and when it was gone.
    func outcome(killed: ContinuousClock.Instant, gone: ContinuousClock.Instant) -> [Double] {
        let entries = entries.withLock { $0 }
        let first = firstByRedis(askedAfter: gone) ?? killed
        let without = entries.filter { $0.answered >= killed && $0.isDegraded != false }
        let last = max(first, without.map(\.answered).max() ?? first)
        return [
            (first - killed) / .nanoseconds(1), (last - killed) / .nanoseconds(1),
            Double(entries.count { $0.asked >= killed && $0.asked <= last }),
            Double(without.count { $0.isDegraded == true }), Double(without.count { $0.isDegraded == nil }),
        ]
    }
}
