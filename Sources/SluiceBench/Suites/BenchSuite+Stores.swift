import Sluice

extension BenchSuite {
    /// One decision after the other: a rate limit and a debounce, wherever they are kept.
    static let stores = BenchSuite(
        "stores", "one decision after the other, in memory, on Redis, on a cluster", needs: [.redis, .cluster]
    ) { context in
        let policies = [
            Policy("rate") { Rule("rate", by: .user, .slidingWindow(1_000_000, per: .seconds(60))) },
            Policy("debounce") { Rule("debounce", by: .user, .cooldown(.seconds(5))) },
        ]
        let places = try DecisionPlace.all(in: context, policies)
        var table = BenchTable(
            "one decision, from asking to its answer", "operation", columns: places.map(\.title),
            source: "aiogram-sentinel 0.1.1",
            notes: ["1,000 users one after the other; debounced are repeats, which are denied"])
        let rows: [(name: String, policy: String, published: [Double])] = [
            ("rate limit check", "rate", [120_000, 220_000, 350_000]),
            ("debounce check", "debounce", [80_000, 180_000, 280_000]),
        ]
        for (row, line) in rows.enumerated() {
            var figures: [Figure?] = []
            for (column, (title, place)) in places.enumerated() {
                context.progress("\(line.name), \(title)", Double(row * places.count + column) / 6)
                guard let place else {
                    figures.append(nil)
                    continue
                }
                let rounds = try await time(place, line.policy, context)
                figures.append(Figure(rounds, .nanoseconds, published: line.published[column]))
            }
            table.add(line.name, figures)
        }
        for (_, place) in places { await place?.close() }
        return [table]
    }

    private static func time(
        _ place: DecisionPlace, _ policy: String, _ context: BenchContext
    ) async throws -> Rounds {
        let users = (0..<1_000).map { Descriptor.user("\($0)") }
        var rounds = Rounds()
        let passes = if case .memory = place { context.scaled(100) } else { context.scaled(3) }
        // The first round warms up.
        for round in 0...context.rounds {
            let start = ContinuousClock.now
            for _ in 0..<passes { for user in users { _ = try await place.decide(policy, user) } }
            let spent = ContinuousClock.now - start
            if round > 0 { rounds.add(spent / .nanoseconds(1) / Double(passes * users.count)) }
        }
        return rounds
    }
}

extension Descriptor {
    /// A user alone.
    static func user(_ name: String) -> Descriptor {
        var descriptor = Descriptor()
        descriptor[.user] = name
        return descriptor
    }
}
