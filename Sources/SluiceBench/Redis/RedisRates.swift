import SluiceRedis

/// How much Redis takes from many callers at once: decisions, and plain commands by the same client.
struct RedisRates {
    private static let kinds: [RedisWork.Kind] = [.rate, .pair, .increment, .set]
    let context: BenchContext

    func table() async throws -> BenchTable {
        var table = BenchTable(
            "operations a second, 1,024 callers at once", "operation",
            columns: ["Redis", "of a Redis core", "cluster", "of a core of it"],
            notes: [
                "each caller asks again as soon as he is answered; 50,000 users, whose cells live",
                "of a core: by the processor time of Redis's main thread, which executes all commands",
            ])
        let stores = [("Redis", context.redis), ("cluster", context.cluster)]
        for (row, kind) in Self.kinds.enumerated() {
            var figures: [Figure?] = []
            for (column, (title, store)) in stores.enumerated() {
                let share = Double(row * stores.count + column) / Double(Self.kinds.count * stores.count)
                context.progress("\(kind.rawValue), \(title), many at once", share)
                if let store {
                    figures += try await measure(kind, on: store)
                } else {
                    figures += [nil, nil]
                }
            }
            table.add(kind.rawValue, figures)
        }
        return table
    }

    private func measure(_ kind: RedisWork.Kind, on store: RedisStore) async throws -> [Figure?] {
        let count = context.scaled(50_000)
        return try await RedisObserver.during(store) { observer in
            try await RedisWork(kind, on: store, keys: count).during { work in
                let load = CallLoad(callers: 1_024, call: work.ask)
                var (rates, byCore) = (Rounds(), Rounds())
                // The first round makes the cells.
                try await load.run(0..<count)
                for _ in 0..<context.rounds {
                    let before = try await observer.coreSeconds()
                    let spent = try await load.run(0..<count)
                    let after = try await observer.coreSeconds()
                    rates.add(Double(count) / (spent / .seconds(1)))
                    if let before, let after, after > before { byCore.add(Double(count) / (after - before)) }
                }
                let hasCore = byCore.values.count == context.rounds
                return [Figure(rates, .perSecond), hasCore ? Figure(byCore, .perSecond) : nil]
            }
        }
    }
}
