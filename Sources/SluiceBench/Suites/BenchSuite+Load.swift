extension BenchSuite {
    /// Users over HTTP, as the documents of the replaced systems put load on theirs.
    static let load = BenchSuite(
        "load", "users over HTTP, in closed and open loop, with pass marks"
    ) { context in
        if let plan = context.load { return try await LoadRun(plan).run { context.progress("load", $0) }.tables() }
        // A round takes minutes.
        let rounds = min(context.rounds, 3)
        var table = BenchTable(
            "decisions over HTTP, as locust, wrk and hey are told to ask in the documents", "load",
            columns: LoadResult.columns, notes: loadNotes(rounds: rounds))
        var tasks = BenchTable(
            "the first of these by its tasks, which users choose 10, 5 and 1 times of 16", "task",
            columns: LoadResult.columns)
        guard let program = context.program else {
            for scene in LoadScene.all { table.add(scene.title, LoadResult.columns.map { _ in nil }) }
            for task in LoadScene.mixed { tasks.add(task.name, LoadResult.columns.map { _ in nil }) }
            return [table, tasks]
        }
        let results = try await ServedProgram.during(program, policies: LoadScene.policies) { server in
            var results = LoadScene.all.map { _ in [LoadResult]() }
            let steps = Double(rounds * LoadScene.all.count)
            for round in 0..<rounds {
                for (index, scene) in LoadScene.all.enumerated() {
                    let plan = try scene.plan(url: server.url, scale: context.scale)
                    let done = Double(round * LoadScene.all.count + index)
                    results[index].append(
                        try await LoadRun(plan).run { share in context.progress(scene.title, (done + share) / steps) })
                }
            }
            return results
        }
        for (scene, rounds) in zip(LoadScene.all, results) {
            table.add(scene.title, LoadResult.figures(of: rounds, marks: scene.marks))
        }
        for (index, task) in LoadScene.mixed.enumerated() {
            tasks.add(task.name, LoadResult.figures(of: results[0]) { $0.tasks[index] })
        }
        return [table, tasks]
    }

    private static func loadNotes(rounds: Int) -> [String] {
        [
            "rounds: \(rounds), never more than 3; users ask for 30 s, where the documents of locust say 5 minutes",
            "locust: 10 users come each second, so that all are there after 10 s; IOTA asks for 100 to 1,000",
            "at most, or of answers at least: KikuAI's targets for its API and its 1,000 requests/s; of IOTA the p99, "
                + "and one error in a thousand",
            "open loop: times count from when a request was due; 1 % more is due than the mark, so that a mark is not "
                + "missed for the last answer alone",
            "wrk and hey have one key for all requests, as in the documents, and so one limit",
            "nobody is denied; who asks shares the machine with the server",
        ]
    }
}

/// One way of putting load on the server.
private struct LoadScene {
    let title: String
    var users = 100
    var ramp: Double?
    /// How long it takes at full scale.
    var duration = Duration.seconds(30)
    var thinkTime = Duration.zero ... .zero
    var rate: Double?
    var requests: Int?
    let tasks: [LoadTask]
    var marks: LoadMarks

    static let policies = """
        policies:
          balance: {rules: [{name: calls, by: [user], limit: 1000000000 per 1m}]}
          proxy:
            rules:
              - {name: calls, by: [user], limit: 1000000 per 1m}
              - {name: models, by: [user, model], limit: 100000 per 1m, algorithm: sliding-window}
              - {name: provider, by: [provider], limit: 10000000 per 1s}
        """

    private static func ask(_ name: String, weight: Int = 1, _ path: String, _ descriptor: String) -> LoadTask {
        let policy = name == "proxy" ? "proxy" : "balance"
        return LoadTask(
            name, weight: weight, "POST", path, body: "{\"policy\": \"\(policy)\", \"descriptor\": {\(descriptor)}}")
    }

    /// KikuAI's three: what is left, what was used, and a call of a language model.
    static let mixed = [
        ask("balance", weight: 10, "/v1/check", "\"user\": \"{user}\""),
        ask("usage", weight: 5, "/v1/peek", "\"user\": \"{user}\""),
        ask(
            "proxy", weight: 1, "/v1/check",
            "\"user\": \"{user}\", \"provider\": \"openai\", \"model\": \"gpt-3.5-turbo\""),
    ]

    private static let single = [ask("balance", "/v1/check", "\"user\": \"test_key\"")]

    static let all = [
        LoadScene(
            title: "locust, KikuAI: 100 users, 0.1 to 0.5 s apart", ramp: 10,
            thinkTime: .milliseconds(100) ... .milliseconds(500), tasks: mixed, marks: .api),
        LoadScene(
            title: "locust, IOTA: 100 users, 0.1 to 1 s apart", ramp: 10,
            thinkTime: .milliseconds(100) ... .seconds(1),
            tasks: [ask("test", "/v1/check", "\"user\": \"{user}\"")],
            marks: LoadMarks(percentile99: .milliseconds(100), errorShare: 0.001)),
        LoadScene(
            title: "open loop: 1,010 requests/s by 100 users", rate: 1_010, tasks: mixed, marks: openMarks),
        LoadScene(
            title: "wrk: 400 connections, without a pause", users: 400, tasks: single,
            marks: LoadMarks(errorShare: 0.001, rate: 1_000)),
        LoadScene(
            title: "hey: 10,000 requests on 100 connections", requests: 10_000, tasks: single,
            marks: LoadMarks(errorShare: 0.001, rate: 1_000)),
    ]

    private static var openMarks: LoadMarks {
        var marks = LoadMarks.api
        marks.rate = 1_000
        return marks
    }

    func plan(url: String, scale: Double) throws(BenchError) -> LoadPlan {
        try LoadPlan(
            url: url, users: users, ramp: ramp, duration: max(duration * scale, .milliseconds(200)),
            thinkTime: thinkTime, rate: rate, requests: requests.map { max(1, Int(Double($0) * scale)) }, marks: marks,
            tasks: tasks)
    }
}
