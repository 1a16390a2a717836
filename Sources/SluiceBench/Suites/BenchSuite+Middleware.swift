import Sluice
import SluiceBots

extension BenchSuite {
    /// A bot's pipeline around a handler that does nothing: what each part of it adds to the handler.
    static let middleware = BenchSuite(
        "middleware", "what a bot's pipeline adds to a handler, on each kind of store",
        needs: [.redis, .cluster]
    ) { context in
        let lines: [(protection: BotScene.Protection, name: String, published: [Double?])] = [
            (.nothing, "no rule", [nil, nil, nil]), (.debounce, "debouncing", [80_000, 180_000, nil]),
            (.throttle, "throttling", [120_000, 220_000, nil]), (.both, "both", [200_000, 400_000, nil]),
        ]
        let places = try DecisionPlace.all(in: context, BotScene.policies)
        var columns: [[Rounds]?] = []
        for (column, (title, place)) in places.enumerated() {
            guard let place else {
                columns.append(nil)
                continue
            }
            let rounds = try await measure(BotScene(place), isInMemory: column == 0, context) { round in
                let done = Double(column) + Double(round) / Double(context.rounds + 1)
                context.progress("\(title), round \(round)", done / Double(places.count))
            }
            columns.append(rounds)
        }
        for (_, place) in places { await place?.close() }
        var table = BenchTable(
            "what a pipeline adds to a handler that does nothing, for each update", "pipeline",
            columns: places.map(\.title), source: "aiogram-sentinel 0.1.1",
            notes: [
                "an update through the pipeline, less the handler called by itself; both in turn, in the same round",
                "1,000 users, each message new, one update after the other; all pass",
            ])
        for line in lines {
            let place = BotScene.Protection.allCases.firstIndex(of: line.protection) ?? 0
            let figures = zip(columns, line.published).map { rounds, published in
                rounds.map { Figure($0[place], .nanoseconds, published: published) }
            }
            table.add(line.name, figures)
        }
        return [table]
    }

    /// Of each protection the rounds.
    private static func measure(
        _ scene: BotScene, isInMemory: Bool, _ context: BenchContext, _ tell: (_ round: Int) -> Void
    ) async throws -> [Rounds] {
        var scene = scene
        var rounds = BotScene.Protection.allCases.map { _ in Rounds() }
        // A chunk is some ten milliseconds in memory, and a second on Redis.
        let (chunks, updates) = isInMemory ? (context.scaled(50), 1_000) : (1, context.scaled(1_000))
        // The first round warms up.
        for round in 0...context.rounds {
            tell(round)
            let added = try await scene.overheads(chunks: chunks, updates: updates)
            guard round > 0 else { continue }
            for (place, value) in added.enumerated() { rounds[place].add(value) }
        }
        return rounds
    }
}
