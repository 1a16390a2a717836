extension BenchSuite {
    /// Configuration: how soon policies and settings are in force, and what a reload costs those who decide meanwhile.
    static let configuration = BenchSuite(
        "config", "cold start, reading and reloading policies, decisions meanwhile"
    ) { context in
        try await [policyFiles(context), environment(context), reloads(context)]
    }

    /// Above which load time the replaced system raises an alert.
    private static let longestLoad = 100e6

    /// Cold start, reading and reload, by the number of policies.
    private static func policyFiles(_ context: BenchContext) async throws -> BenchTable {
        let counts = [1, 10, 100, 1_000]
        var table = BenchTable(
            "a policy file, by the policies in it, each of one rule", "policies",
            columns: ["cold start", "read and compiled", "reload of a limiter", "reload of a server"],
            notes: [
                "cold start: from starting the process until the first decision is answered over HTTP",
                "reload of a limiter: other numbers for all rules, without reading; of a server: from SIGHUP until a "
                    + "decision over HTTP is by them, reading included",
                "at most: IOTA raises an alert when a configuration takes over 100 ms to load; it publishes no figures",
            ])
        for (row, count) in counts.enumerated() {
            let scene = try PolicyFileScene(policies: count)
            defer { scene.remove() }
            var (cold, served, load, replace) = (Rounds(), Rounds(), Rounds(), Rounds())
            // Small files are read often, so that each round has something to measure.
            let times = context.scaled(1_000 / count)
            // The first round warms up.
            for round in 0...context.rounds {
                let done = Double(row) + Double(round) / Double(context.rounds + 1)
                context.progress("\(count) policies, round \(round)", 0.7 * done / Double(counts.count))
                let figures = try await measure(scene, times, context.program)
                guard round > 0 else { continue }
                load.add(figures.load)
                replace.add(figures.replace)
                if let server = figures.server {
                    cold.add(server.cold)
                    served.add(server.reload)
                }
            }
            let isServed = context.program != nil
            table.add(
                FigureText.text(Double(count), .count),
                [
                    isServed ? Figure(cold, .nanoseconds) : nil,
                    Figure(load, .nanoseconds, bound: longestLoad), Figure(replace, .nanoseconds, bound: longestLoad),
                    isServed ? Figure(served, .nanoseconds, bound: longestLoad) : nil,
                ])
        }
        return table
    }

    private static func measure(
        _ scene: PolicyFileScene, _ times: Int, _ program: String?
    ) async throws -> (load: Double, replace: Double, server: (cold: Double, reload: Double)?) {
        let load = try Rounds((0..<times).map { _ in try scene.load() }).median ?? .nan
        let replace = try scene.replace(2 * times)
        guard let program else { return (load, replace, nil) }
        try scene.write(.first)
        let server = try await ServedFile(scene, program: program)
        do {
            let reload = try await server.reload(scene, .second)
            await server.end()
            return (load, replace, (server.coldStart, reload))
        } catch {
            await server.end()
            throw error
        }
    }

    /// The variables of the environment, found and checked.
    private static func environment(_ context: BenchContext) async throws -> BenchTable {
        var table = BenchTable(
            "variables of the environment, found among all and checked", "variables", columns: ["time"],
            notes: ["one for each setting that an environment can speak of, and others that are none of Sluice's"])
        for (row, others) in [0, 100, 1_000].enumerated() {
            context.progress("the environment, \(others) others", 0.7 + 0.03 * Double(row))
            let samples = try SettingSamples(others: others)
            var rounds = Rounds()
            // The first round warms up.
            for round in 0...context.rounds {
                let spent = try samples.resolve(context.scaled(200))
                if round > 0 { rounds.add(spent) }
            }
            let others = others > 0 ? " and \(FigureText.text(Double(others), .count)) others" : ""
            table.add(
                "\(SettingSamples.count) settings\(others)", [Figure(rounds, .nanoseconds, bound: longestLoad)])
        }
        return table
    }

    /// Threads that decide while another one reloads.
    private static func reloads(_ context: BenchContext) async throws -> BenchTable {
        let counts = [1, 2, 4, 8]
        var table = BenchTable(
            "threads that look up one of \(ReloadScene.policies) policies for each decision", "threads",
            columns: ["alone", "during reloads", "reloads meanwhile"],
            notes: [
                "during reloads: another thread replaces all policies, again and again without a pause",
                "a decision that fails ends the measurement; alone and during reloads in turn, in the same round",
            ])
        let scene = try ReloadScene()
        for (row, threads) in counts.enumerated() {
            var (alone, during, reloads) = (Rounds(), Rounds(), Rounds())
            for round in 0...context.rounds {
                let done = Double(row) + Double(round) / Double(context.rounds + 1)
                context.progress("\(threads) threads, round \(round)", 0.8 + 0.2 * done / Double(counts.count))
                let decisions = context.scaled(100_000)
                let without = try await scene.run(threads: threads, decisions: decisions, reloading: false)
                let with = try await scene.run(threads: threads, decisions: decisions, reloading: true)
                // The first round warms up.
                guard round > 0 else { continue }
                alone.add(without.decisions)
                during.add(with.decisions)
                reloads.add(with.reloads)
            }
            table.add(
                "\(threads)",
                [Figure(alone, .perSecond), Figure(during, .perSecond), Figure(reloads, .perSecond)])
        }
        return table
    }
}
