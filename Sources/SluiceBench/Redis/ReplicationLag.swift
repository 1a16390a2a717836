import NIOCore
import NIOPosix
import RESP
import SluiceRedis

/// How long it takes until a replica shows what its master was told.
struct ReplicationLag {
    private static let callers = 256
    let context: BenchContext

    func table() async throws -> BenchTable {
        var table = BenchTable(
            "a write, until a replica shows it", "meanwhile",
            columns: ["answered, median", "99 of 100", "on the replica, median", "99 of 100 there"],
            notes: [
                "from sending a SET to its answer, and to when a GET shows it that is asked of the replica again and "
                    + "again: no earlier than it is there, and later by one GET at most",
                "at most: the lag of which IOTA wants an alarm",
            ])
        let rows = ["nothing", "\(Self.callers) callers decide"]
        guard let pair = try await replicated() else {
            for row in rows { table.add(row, [nil, nil, nil, nil]) }
            return table
        }
        for (index, row) in rows.enumerated() {
            context.progress("replication, meanwhile \(row)", Double(index) / Double(rows.count))
            table.add(row, try await measure(pair, isBusy: index == 1))
        }
        return table
    }

    /// A key's store and the replica that it is copied to. The cluster is looked at first, for it should have some.
    private func replicated() async throws -> (store: RedisStore, replica: NodeAddress)? {
        for store in [context.cluster, context.redis].compactMap(\.self) {
            let key = key(on: store)
            let replica = try await RedisObserver.during(store) { try await $0.replica(of: key) }
            guard let replica else { continue }
            let probe = ReplicaProbe(store, replica: replica, key: key)
            let isThere = await probe.isThere()
            await probe.close()
            if isThere { return (store, replica) }
        }
        return nil
    }

    private func key(on store: RedisStore) -> String { "\(store.prefix)-lag" }

    private func measure(_ pair: (store: RedisStore, replica: NodeAddress), isBusy: Bool) async throws -> [Figure?] {
        let probe = ReplicaProbe(pair.store, replica: pair.replica, key: key(on: pair.store))
        do {
            let work = try RedisWork(.rate, on: pair.store, keys: context.scaled(10_000))
            let figures = try await work.during { work in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    if isBusy {
                        let load = CallLoad(callers: Self.callers, call: work.ask)
                        group.addTask { try await load.runUntilCancelled() }
                    }
                    let figures = try await rounds(of: probe)
                    group.cancelAll()
                    // A decision that Redis did not make leaves no figure.
                    try await group.waitForAll()
                    return figures
                }
            }
            await probe.close()
            return figures
        } catch {
            await probe.close()
            throw error
        }
    }

    private func rounds(of probe: ReplicaProbe) async throws -> [Figure?] {
        var rounds = [Rounds(), Rounds(), Rounds(), Rounds()]
        // The first round warms up.
        for round in 0...context.rounds {
            try await probe.beginReading()
            var (answered, shown) = (Latencies(), Latencies())
            for number in 0..<context.scaled(300) {
                let times = try await probe.write("\(round) \(number)")
                answered.record(nanoseconds: times.answered)
                shown.record(nanoseconds: times.shown)
            }
            guard round > 0 else { continue }
            for (index, value) in [
                answered.percentile(50), answered.percentile(99), shown.percentile(50), shown.percentile(99),
            ].enumerated() { rounds[index].add(value ?? .nan) }
        }
        return rounds.enumerated().map { Figure($1, .nanoseconds, bound: $0 > 1 ? 10e9 : nil) }
    }
}

/// Writes to a master and looks at its replica.
private struct ReplicaProbe: Sendable {
    /// For how long a replica is looked at until it is given up.
    private static let patience = Duration.seconds(20)
    let key: String
    let master: RedisClient
    let replica: RedisClient
    let place: NodeAddress

    init(_ store: RedisStore, replica place: NodeAddress, key: String) {
        let group = MultiThreadedEventLoopGroup.singleton
        self.key = key
        self.place = place
        master = RedisClient(store.redis, lanes: 1, group: group, logger: .silent)
        var configuration = store.redis
        configuration.addresses = [place]
        configuration.topology = .single
        replica = RedisClient(configuration, lanes: 1, group: group, logger: .silent)
    }

    /// Whether the replica is reached where its master knows it: from here its address may be another.
    func isThere() async -> Bool { (try? await replica.execute(Redis.PING(), timeout: .seconds(2))) != nil }

    /// In a cluster a replica answers reads only on a connection that asks for it.
    func beginReading() async throws {
        if master.configuration.topology == .cluster { try await replica.execute(Redis.READONLY()) }
    }

    /// - Returns: After how many nanoseconds a write was answered, and was on the replica.
    func write(_ value: String) async throws -> (answered: Int64, shown: Int64) {
        let start = ContinuousClock.now
        async let shown = firstSight(of: value, since: start)
        _ = try await master.execute(Redis.SET(key, value, expiresInMilliseconds: 60_000))
        let answered = ContinuousClock.now - start
        return (Int64(answered / .nanoseconds(1)), Int64(try await shown / .nanoseconds(1)))
    }

    private func firstSight(of value: String, since start: ContinuousClock.Instant) async throws -> Duration {
        while true {
            let found = try await replica.execute(Redis.GET(key))
            let waited = ContinuousClock.now - start
            if let found, String(buffer: found) == value { return waited }
            guard waited < Self.patience else {
                throw BenchError("the replica at \(place) does not show what was written: look at its INFO replication")
            }
        }
    }

    func close() async {
        await master.close()
        await replica.close()
    }
}
