import Testing

@testable import SluiceBench

@Suite("The plan of a load")
struct LoadPlanTests {
    private static let tasks = [LoadTask("get", "GET", "/")]

    @Test(
        "refuses what cannot be run, and says what to do",
        arguments: [
            ("https://example.org", "is encrypted, which this cannot speak"),
            ("127.0.0.1:80", "is no server: write http://HOST:PORT"),
            ("http://", "is no server"), ("http://:80", "is no server"), ("http://a:0", "is no server"),
            ("http://a:65536", "is no server"), ("http://a:", "is no server"), ("http://a:b", "is no server"),
            ("http://[::1", "is no server"),
            ("http://[::1]80", "is no server"), ("http://me@a", "is no server"), ("http://a/b?c", "is no server"),
            ("http://a b", "is no server"),
        ])
    func urls(url: String, message: String) throws {
        let error = #expect(throws: BenchError.self) { try LoadPlan(url: url, tasks: Self.tasks) }
        #expect(error?.description.contains(message) == true)
    }

    @Test("knows the server by its URL")
    func targets() throws {
        for (url, host, port, base) in [
            ("http://a", "a", 80, ""), ("http://a:8080/", "a", 8_080, ""), ("http://a.b:1/c/d//", "a.b", 1, "/c/d"),
            ("http://[::1]:9", "::1", 9, ""), ("http://[::1]", "::1", 80, ""),
        ] {
            let target = try LoadTarget(url)
            #expect(target.host == host && target.port == port && target.base == base, "\(url)")
        }
    }

    @Test("refuses numbers that make no load")
    func numbers() throws {
        func refused(_ message: String, _ make: () throws -> LoadPlan) {
            let error = #expect(throws: BenchError.self, "\(message)") { _ = try make() }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
        let (url, tasks) = ("http://a", Self.tasks)
        refused("1 to 100000 users") { try LoadPlan(url: url, users: 0, tasks: tasks) }
        for ramp in [0, -1, .nan, .infinity] {
            refused("the ramp") { try LoadPlan(url: url, ramp: ramp, tasks: tasks) }
        }
        refused("the duration") { try LoadPlan(url: url, duration: .zero, tasks: tasks) }
        refused("the think time") {
            try LoadPlan(url: url, thinkTime: .seconds(-1) ... .seconds(1), tasks: tasks)
        }
        refused("the rate") { try LoadPlan(url: url, rate: 0, tasks: tasks) }
        refused("leave out one of both") {
            try LoadPlan(url: url, thinkTime: .zero ... .seconds(1), rate: 1, tasks: tasks)
        }
        refused("1 or more requests") { try LoadPlan(url: url, requests: 0, tasks: tasks) }
        refused("the time-out") { try LoadPlan(url: url, timeout: .seconds(61), tasks: tasks) }
        refused("name a task") { try LoadPlan(url: url, tasks: []) }
        refused("give each its own") { try LoadPlan(url: url, tasks: tasks + tasks) }
        refused("is no path") { try LoadPlan(url: url, tasks: [LoadTask("a", "GET", "b")]) }
        refused("is no method") { try LoadPlan(url: url, tasks: [LoadTask("a", "GE T", "/")]) }
        refused("the weight") { try LoadPlan(url: url, tasks: [LoadTask("a", weight: 0, "GET", "/")]) }
        refused("is no header field") {
            try LoadPlan(url: url, tasks: [LoadTask("a", "GET", "/", headers: ["A": "b\r\nC: d"])])
        }
    }

    @Test("reads tasks, header fields and spans of time from words")
    func words() throws {
        let task = try LoadTask(text: "check=10 POST /v1/check {\"policy\": \"a b\"}", headers: ["A": "b"])
        #expect(
            task
                == LoadTask(
                    "check", weight: 10, "POST", "/v1/check", headers: ["A": "b"], body: "{\"policy\": \"a b\"}"))
        #expect(try LoadTask(text: "home GET /") == LoadTask("home", "GET", "/"))
        for text in ["", "home", "home GET", "home=x GET /"] {
            #expect(throws: BenchError.self, "\(text)") { try LoadTask(text: text) }
        }
        let field = try LoadTask.header(text: "Authorization: Bearer a:b")
        #expect(field.name == "Authorization" && field.value == "Bearer a:b")
        for text in ["", "Authorization", ": b"] {
            #expect(throws: BenchError.self, "\(text)") { try LoadTask.header(text: text) }
        }
        #expect(try LoadPlan.span(text: "5m") == .seconds(300))
        #expect(try LoadPlan.thinkTime(text: "100ms-500ms") == .milliseconds(100) ... .milliseconds(500))
        #expect(try LoadPlan.thinkTime(text: "0-1s") == .zero ... .seconds(1))
        #expect(try LoadPlan.thinkTime(text: "2s") == .seconds(2) ... .seconds(2))
        for text in ["", "-", "5", "500ms-100ms", "1s-"] {
            #expect(throws: BenchError.self, "\(text)") { try LoadPlan.thinkTime(text: text) }
        }
    }

    @Test("knows when users come and when requests are due")
    func schedule() throws {
        let closed = LoadSchedule(try LoadPlan(url: "http://a", ramp: 10, duration: .seconds(3), tasks: Self.tasks))
        #expect((0...3).map(closed.arrival) == [0, 100_000_000, 200_000_000, 300_000_000])
        #expect(!closed.isOpen && closed.requests == .max && closed.end == 3_000_000_000)
        let open = LoadSchedule(
            try LoadPlan(url: "http://a", duration: .milliseconds(600), rate: 100, tasks: Self.tasks))
        #expect((0...2).map(open.due) == [0, 10_000_000, 20_000_000])
        // All that are due before the end, and none that is due then.
        #expect(open.isOpen && open.requests == 60 && open.due(59) < open.end && open.due(60) >= open.end)
        #expect(open.arrival(of: 99) == 0)
        let few = LoadSchedule(try LoadPlan(url: "http://a", rate: 100, requests: 5, tasks: Self.tasks))
        #expect(few.requests == 5)
    }

    @Test("draws think times between the shortest and the longest")
    func pauses() throws {
        let plan = try LoadPlan(
            url: "http://a", thinkTime: .milliseconds(100) ... .milliseconds(500), tasks: Self.tasks)
        var dice = LoadDice(plan, user: 3)
        let drawn = (0..<1_000).map { _ in dice.pause() }
        #expect(drawn.allSatisfy { (100_000_000...500_000_000).contains($0) })
        let mean = drawn.reduce(0, +) / 1_000
        #expect((280_000_000...320_000_000).contains(mean))
        var again = LoadDice(plan, user: 3)
        var other = LoadDice(plan, user: 4)
        #expect((0..<1_000).map { _ in again.pause() } == drawn)
        #expect((0..<1_000).map { _ in other.pause() } != drawn)
    }
}
