import Sluice

extension BenchSuite {
    /// So many users at once, each of whom asks again as soon as he is answered.
    static let users = BenchSuite(
        "users", "100 to 5,000 users at once, in memory, on Redis, on a cluster", needs: [.redis, .cluster]
    ) { context in
        let policies = [Policy("rate") { Rule("rate", by: .user, .slidingWindow(1_000, per: .seconds(60))) }]
        let published: [(users: Int, nanoseconds: [Double])] = [
            (100, [450_000, 820_000, 1_200_000]), (500, [480_000, 850_000, 1_250_000]),
            (1_000, [520_000, 900_000, 1_300_000]), (2_000, [580_000, 950_000, 1_400_000]),
            (5_000, [650_000, 1_050_000, 1_550_000]),
        ]
        let places = try DecisionPlace.all(in: context, policies)
        let titles = places.map(\.title)
        var means = BenchTable(
            "time for each decision: all of it, by the number of decisions", "users", columns: titles,
            source: "aiogram-sentinel 0.1.1", notes: ["each user decides 100 times, one after the other"])
        var tails = BenchTable(
            "how long 99 of 100 callers wait at most", "users", columns: titles,
            notes: ["from asking to the answer; all users ask at once, so most of it is waiting for the others"])
        for (row, line) in published.enumerated() {
            var (meanFigures, tailFigures): ([Figure?], [Figure?]) = ([], [])
            for (column, (title, place)) in places.enumerated() {
                let share = Double(row * places.count + column) / Double(published.count * places.count)
                context.progress("\(line.users) users, \(title)", share)
                guard let place else {
                    meanFigures.append(nil)
                    tailFigures.append(nil)
                    continue
                }
                let load = UserLoad(place: place, users: line.users, decisions: context.scaled(100))
                let (mean, tail) = try await load.measure(context.rounds)
                meanFigures.append(Figure(mean, .nanoseconds, published: line.nanoseconds[column]))
                tailFigures.append(Figure(tail, .nanoseconds))
            }
            means.add("\(line.users)", meanFigures)
            tails.add("\(line.users)", tailFigures)
        }
        for (_, place) in places { await place?.close() }
        return [means, tails]
    }
}

/// Users who ask at once.
private struct UserLoad {
    let place: DecisionPlace
    let users: Int
    /// How often each decides.
    let decisions: Int

    /// - Returns: Of each round the time by decision, and the 99th percentile of the answers.
    func measure(_ count: Int) async throws -> (mean: Rounds, tail: Rounds) {
        var (mean, tail) = (Rounds(), Rounds())
        // The first round warms up.
        for round in 0...count {
            let start = ContinuousClock.now
            let latencies = try await run()
            let spent = ContinuousClock.now - start
            guard round > 0 else { continue }
            mean.add(spent / .nanoseconds(1) / Double(users * decisions))
            tail.add(latencies.percentile(99) ?? .nan)
        }
        return (mean, tail)
    }

    private func run() async throws -> Latencies {
        try await withThrowingTaskGroup(of: [Int64].self) { group in
            for user in 0..<users { group.addTask { try await ask(Descriptor.user("\(user)")) } }
            var latencies = Latencies()
            for try await waits in group { for wait in waits { latencies.record(nanoseconds: wait) } }
            return latencies
        }
    }

    @concurrent
    private func ask(_ user: Descriptor) async throws -> [Int64] {
        var waits: [Int64] = []
        waits.reserveCapacity(decisions)
        for _ in 0..<decisions {
            let start = ContinuousClock.now
            _ = try await place.decide("rate", user)
            waits.append(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
        }
        return waits
    }
}
