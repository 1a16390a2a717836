import SluiceRedis

/// How long one caller waits who asks for one thing after the other.
struct RedisRoundTrips {
    private static let kinds: [(kind: RedisWork.Kind, published: [Double?])] = [
        (.ping, [nil, nil]), (.set, [nil, nil]), (.rate, [220_000, 350_000]),
    ]
    let context: BenchContext

    func table() async throws -> BenchTable {
        var table = BenchTable(
            "one after the other: from asking to the answer", "operation",
            columns: ["Redis, median", "99 of 100", "cluster, median", "99 of 100 there"],
            source: context.redis != nil || context.cluster != nil ? "aiogram-sentinel 0.1.1" : nil,
            notes: [
                "published is its mean of a rate limit check",
                "at most: the kikuai bot's target for Redis, and the latency of which it and IOTA want an alarm",
            ])
        let stores = [("Redis", context.redis), ("cluster", context.cluster)]
        for (row, line) in Self.kinds.enumerated() {
            var figures: [Figure?] = []
            for (column, (title, store)) in stores.enumerated() {
                let share = Double(row * stores.count + column) / Double(Self.kinds.count * stores.count)
                context.progress("\(line.kind.rawValue), \(title), one by one", share)
                guard let store else {
                    figures += [nil, nil]
                    continue
                }
                let (median, tail) = try await measure(line.kind, on: store)
                figures += [
                    Figure(median, .nanoseconds, published: line.published[column], bound: 1e6),
                    Figure(tail, .nanoseconds, bound: 10e6),
                ]
            }
            table.add(line.kind.rawValue, figures)
        }
        return table
    }

    private func measure(_ kind: RedisWork.Kind, on store: RedisStore) async throws -> (median: Rounds, tail: Rounds) {
        let count = context.scaled(2_000)
        return try await RedisWork(kind, on: store, keys: count).during { work in
            var (median, tail) = (Rounds(), Rounds())
            // The first round warms up.
            for round in 0...context.rounds {
                var latencies = Latencies()
                for number in 0..<count {
                    let start = ContinuousClock.now
                    try await work.ask(number)
                    latencies.record(nanoseconds: Int64((ContinuousClock.now - start) / .nanoseconds(1)))
                }
                guard round > 0 else { continue }
                median.add(latencies.percentile(50) ?? .nan)
                tail.add(latencies.percentile(99) ?? .nan)
            }
            return (median, tail)
        }
    }
}
