import NIOHTTP1
import RedisServers
import Testing

@testable import SluiceBench

@Suite("A load on a server", .timeLimit(.minutes(5)))
struct LoadRunTests {
    /// As long as a plan may have, where nothing is to time out: no busy machine makes an answer late.
    private static let patience = Duration.seconds(60)
    private static let get = [LoadTask("get", "GET", "/ok")]

    @Test("chooses tasks by their weights, the same ones again for the same seed")
    func weights() async throws {
        func paths(seed: UInt64) async throws -> [String] {
            var paths: [String] = []
            try await ScriptedServer.during { server in
                let plan = try LoadPlan(
                    url: server.url, users: 1, duration: .seconds(600), requests: 480, timeout: Self.patience,
                    seed: seed,
                    tasks: [
                        LoadTask("often", weight: 10, "GET", "/often"), LoadTask("less", weight: 5, "GET", "/less"),
                        LoadTask("once", "GET", "/once"),
                    ])
                let result = try await LoadRun(plan).run()
                paths = server.remembered.requests.map(\.path)
                for task in result.tasks {
                    #expect(task.asked == paths.count { $0 == "/\(task.name)" } && task.failed == 0)
                }
            }
            return paths
        }
        let first = try await paths(seed: 7)
        #expect(first.count == 480)
        // Five deviations of the binomial distribution to each side, and the draws are the same every time.
        for (path, mean, spread) in [("/often", 300, 53), ("/less", 150, 51), ("/once", 30, 26)] {
            #expect(abs(first.count { $0 == path } - mean) <= spread, "\(path)")
        }
        #expect(try await paths(seed: 7) == first)
        #expect(try await paths(seed: 8) != first)
    }

    @Test("keeps one connection for each user, on which he asks one thing at a time")
    func closedLoop() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url + "/", users: 3, duration: .seconds(600), requests: 90,
                timeout: Self.patience,
                tasks: [
                    LoadTask(
                        "ask", "POST", "/ok", headers: ["Authorization": "Bearer key"], body: "{\"user\": \"{user}\"}")
                ])
            let result = try await LoadRun(plan).run()
            #expect(result.all.asked == 90 && result.all.statuses == [200: 90] && result.all.latencies.count == 90)
            #expect(result.rate(of: result.all) > 0)
            let seen = server.remembered
            // One more looked whether the server is there.
            #expect(seen.connections == 4 && seen.mostInFlight <= 3)
            #expect(Set(seen.requests.map(\.body)) == ["{\"user\": \"0\"}", "{\"user\": \"1\"}", "{\"user\": \"2\"}"])
            let headers = try #require(seen.requests.last?.headers)
            #expect(headers["Authorization"] == ["Bearer key"] && headers["Content-Type"] == ["application/json"])
            #expect("http://\(headers.first(name: "Host") ?? "")" == server.url)
            try await eventually("all connections are closed") { server.remembered.openConnections == 0 }
        }
    }

    @Test("lets users in one after the other, as fast as its ramp says")
    func ramp() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 100, ramp: 10, duration: .milliseconds(500),
                thinkTime: .milliseconds(1) ... .milliseconds(2),
                timeout: Self.patience, tasks: [LoadTask("ask", "POST", "/ok", body: "{user}")])
            let result = try await LoadRun(plan).run()
            #expect(result.all.failed == 0)
            // At 0, 100, 200, 300 and 400 ms.
            #expect(Set(server.remembered.requests.map(\.body)) == ["0", "1", "2", "3", "4"])
        }
    }

    @Test("tells denials from errors")
    func denials() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 2, duration: .seconds(600), requests: 100,
                timeout: Self.patience,
                tasks: ["ok", "denied", "wrong", "broken"].map { LoadTask($0, "GET", "/\($0)") })
            let result = try await LoadRun(plan).run()
            let parts = Dictionary(uniqueKeysWithValues: result.tasks.map { ($0.name, $0) })
            let (ok, denied) = (try #require(parts["ok"]), try #require(parts["denied"]))
            let (wrong, broken) = (try #require(parts["wrong"]), try #require(parts["broken"]))
            #expect(ok.failed == 0 && ok.denied == 0)
            #expect(denied.denied == denied.asked && denied.failed == 0 && denied.errorShare == 0)
            #expect(wrong.faults == [.refused: wrong.asked] && wrong.denied == 0 && wrong.errorShare == 1)
            #expect(broken.faults == [.failed: broken.asked] && broken.denied == 0)
            let all = result.all
            #expect(all.asked == 100 && all.failed == wrong.asked + broken.asked && all.answered == 100)
            #expect(result.answersBySecond.reduce(0, +) == ok.asked + denied.asked)
        }
    }

    @Test("counts connections that are lost, and asks on new ones")
    func lost() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 2, duration: .seconds(600), requests: 10,
                timeout: Self.patience, tasks: [LoadTask("drop", "GET", "/drop")])
            let result = try await LoadRun(plan).run()
            #expect(result.all.faults == [.lost: 10] && result.all.asked == 10 && result.all.answered == 0)
            #expect(result.all.latencies.count == 0 && result.all.errorShare == 1)
            #expect(server.remembered.connections == 11)
            try await eventually("all connections are closed") { server.remembered.openConnections == 0 }
        }
    }

    @Test("takes an answer that ends its connection as one that it is")
    func closing() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 1, duration: .seconds(600), requests: 5,
                timeout: Self.patience, tasks: [LoadTask("close", "GET", "/close")])
            let result = try await LoadRun(plan).run()
            #expect(result.all.failed == 0 && result.all.answered == 5 && server.remembered.connections == 6)
        }
    }

    @Test("gives up what is not answered in time, and counts how long it waited")
    func timeouts() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 2, duration: .seconds(600), requests: 4, timeout: .milliseconds(100),
                tasks: [LoadTask("silent", "GET", "/silent")])
            let result = try await LoadRun(plan).run()
            #expect(result.all.faults == [.timedOut: 4] && result.all.asked == 4)
            #expect(try #require(result.all.latencies.percentile(1)) >= 100e6)
            try await eventually("all connections are closed") { server.remembered.openConnections == 0 }
        }
    }

    @Test("counts what waits for an answer from when it was due, be it asked late")
    func coordinatedOmission() async throws {
        // The 11th of 60 requests, which are due every 10 ms, is answered 300 ms late, and nobody else can ask. So the
        // 12th waits for 290 ms at least, the 26th for 150.
        try await ScriptedServer.during(late: (request: 10, by: .milliseconds(300))) { server in
            let plan = try LoadPlan(
                url: server.url, users: 1, duration: .milliseconds(600), rate: 100, timeout: Self.patience,
                tasks: Self.get)
            let result = try await LoadRun(plan).run()
            #expect(result.all.asked == 60 && result.all.failed == 0 && server.remembered.mostInFlight == 1)
            // Of 60 the 45th is the first of 16.
            #expect(try #require(result.all.latencies.percentile(75)) >= 150e6)
            #expect(try #require(result.all.latencies.percentile(100)) >= 300e6)
        }
    }

    @Test("counts in an open loop what nobody was free to ask")
    func hung() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 2, duration: .milliseconds(300), rate: 50, timeout: .milliseconds(250),
                tasks: [LoadTask("silent", "GET", "/silent")])
            let result = try await LoadRun(plan).run()
            #expect(result.all.faults == [.timedOut: 15] && result.all.asked == 15)
            #expect(try #require(result.all.latencies.percentile(1)) >= 250e6)
            #expect(server.remembered.requests.count <= 15)
        }
    }

    @Test("says that no server is there")
    func nobody() async throws {
        // Nobody listens on the first port.
        let plan = try LoadPlan(url: "http://127.0.0.1:1", tasks: Self.get)
        let error = await #expect(throws: BenchError.self) { try await LoadRun(plan).run() }
        #expect(error?.description == "no server answers at http://127.0.0.1:1: start it, or name another")
    }

    @Test("ends at once when it is cancelled")
    func cancelled() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 5, duration: .seconds(3_600), timeout: Self.patience, tasks: Self.get)
            let run = Task { try await LoadRun(plan).run() }
            try await eventually("users ask") { server.remembered.requests.count > 10 }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            try await eventually("all connections are closed") { server.remembered.openConnections == 0 }
        }
    }

    @Test("tells its figures by task, by outcome and by time, with its marks")
    func tables() async throws {
        try await ScriptedServer.during { server in
            let plan = try LoadPlan(
                url: server.url, users: 2, duration: .seconds(600), requests: 50,
                timeout: Self.patience,
                marks: LoadMarks(median: .nanoseconds(1), percentile99: .seconds(3_600), errorShare: 0, rate: 1e12),
                tasks: [LoadTask("ok", "GET", "/ok"), LoadTask("broken", "GET", "/broken")])
            let tables = try await LoadRun(plan).run().tables()
            #expect(tables.map(\.head) == ["task", "outcome", "second"])
            #expect(tables[0].rows.map(\.name) == ["ok", "broken", "all"])
            #expect(tables[1].rows.map(\.name) == ["status 200", "status 500", "all"])
            #expect(tables[1].rows[2].figures[0]?.value == 50 && !tables[2].rows.isEmpty)
            // Nothing is judged by task; of all, the median and the rate are missed, and the errors.
            #expect(tables[0].rows[0].figures.allSatisfy { $0?.mark == nil })
            #expect(
                tables[0].rows[2].figures.map { $0?.mark?.isMet } == [false, false, nil, true, nil, nil, false, nil])
        }
    }
}
