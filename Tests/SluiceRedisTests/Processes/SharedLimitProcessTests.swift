import LimitProcesses
import RedisServers
import SluiceTesting
import Testing

/// Several processes, one Redis, one limit; their clocks are minutes apart.
@Suite("Processes that share a limit", .serialized, .timeLimit(.minutes(10)))
struct SharedLimitProcessTests {
    private static let clocks: [Int64] = [-7, 0, 3, 90]

    struct Case: Sendable, CustomTestStringConvertible {
        var algorithm: String
        var count: Int64 = 300
        var isPenal = false
        var borrowed: Int64 = 0
        var testDescription: String {
            algorithm + (isPenal ? " with a penalty" : "") + (borrowed > 0 ? ", borrowing" : "")
        }
    }

    static let cases = [
        Case(algorithm: "token-bucket"), Case(algorithm: "sliding-log"), Case(algorithm: "sliding-window"),
        Case(algorithm: "fixed-window"), Case(algorithm: "quota"), Case(algorithm: "cooldown", count: 1),
        Case(algorithm: "debounce", count: 1), Case(algorithm: "concurrency", count: 40),
        Case(algorithm: "token-bucket", isPenal: true), Case(algorithm: "sliding-log", isPenal: true),
    ]

    /// The server's time of day in seconds.
    private func seconds(of server: RedisServer) async throws -> Int {
        try #require(try await server.succeed("TIME").list.first?.number)
    }

    /// A long period of which no window ends within the next quarter of an hour, so that the whole test lies in one.
    private func longPeriod(at seconds: Int) throws -> Int {
        try #require([86_400, 80_000, 76_000].first { $0 - seconds % $0 > 900 })
    }

    /// The same for a calendar day: it is not the last quarter of an hour of the day in both zones.
    private func timeZone(at seconds: Int) -> String { 86_400 - seconds % 86_400 > 900 ? "UTC" : "Etc/GMT-6" }

    private func admissions(_ shared: Case, url: String, isCluster: Bool, at now: Int) async throws -> LimitOutcome {
        let period = Duration.seconds(try longPeriod(at: now))
        let perProcess = Int(shared.count) / 2 + 50
        let orders = Self.clocks.map { offset in
            var order = LimitOrder(
                url: url, prefix: "processes-\(shared.testDescription.filter { $0 != " " })-\(now)",
                algorithm: shared.algorithm, count: shared.count, period: period, decisions: perProcess)
            order.isCluster = isCluster
            order.clockOffsetMinutes = offset
            order.isPenal = shared.isPenal
            order.borrowed = shared.borrowed
            order.timeZone = timeZone(at: now)
            return order
        }
        let outcome = try await LimitProcess.run(orders)
        #expect(outcome.degraded == 0, "a decision was not made by Redis")
        #expect(outcome.admissions.count + outcome.denied == perProcess * orders.count)
        return outcome
    }

    @Test("admit exactly as many as it says", arguments: cases)
    func exactly(_ shared: Case) async throws {
        let server = try await RedisServer.shared()
        let now = try await seconds(of: server)
        let outcome = try await admissions(shared, url: server.url, isCluster: false, at: now)
        #expect(outcome.admissions.count == Int(shared.count))
    }

    @Test func `in a cluster, too`() async throws {
        let cluster = try await RedisCluster.shared()
        let now = try await seconds(of: cluster.servers[0])
        let outcome = try await admissions(
            Case(algorithm: "sliding-log"), url: cluster.url, isCluster: true, at: now)
        #expect(outcome.admissions.count == 300)
    }

    @Test(
        "and borrow from it, admit no more than it says",
        arguments: [
            Case(algorithm: "token-bucket", borrowed: 16), Case(algorithm: "fixed-window", borrowed: 16),
            Case(algorithm: "quota", borrowed: 16),
        ])
    func borrowing(_ shared: Case) async throws {
        let server = try await RedisServer.shared()
        let now = try await seconds(of: server)
        let outcome = try await admissions(shared, url: server.url, isCluster: false, at: now)
        #expect(outcome.admissions.count <= Int(shared.count))
        // What one process holds and does not spend, others are denied.
        #expect(outcome.admissions.count >= Int(shared.count) - Self.clocks.count * 2 * 16)
    }

    @Test(
        "never admit more than it says in any span, while its windows come and go",
        arguments: ["sliding-log", "token-bucket", "fixed-window"])
    func neverOver(_ algorithm: String) async throws {
        let server = try await RedisServer.shared()
        let now = try await seconds(of: server)
        let (count, window) = (40, Duration.milliseconds(400))
        let orders = Self.clocks.map { offset in
            var order = LimitOrder(
                url: server.url, prefix: "spans-\(algorithm)-\(now)", algorithm: algorithm, count: Int64(count),
                period: window, decisions: .max, during: .milliseconds(1_600))
            order.clockOffsetMinutes = offset
            return order
        }
        let outcome = try await LimitProcess.run(orders)
        let bound: AdmissionBound =
            switch algorithm {
            case "token-bucket": .bucket(count, per: window, burst: count)
            case "fixed-window": .alignedWindow(count, per: window)
            default: .window(count, per: window)
            }
        #expect(bound.firstBreach(in: outcome.admissions) == nil)
        #expect(outcome.admissions.count > count, "no window ever opened again")
    }
}
