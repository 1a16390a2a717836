import RedisServers
import Sluice
import SluiceRedis
import Synchronization
import Testing

@testable import SluiceBench

@Suite("Suites of measurements")
struct SuiteTests {
    @Test("fill every place of their tables, with what others publish beside it", arguments: BenchSuite.all.map(\.name))
    func memory(name: String) async throws {
        let suite = try #require(BenchSuite.named(name))
        let shares = Mutex<[Double]>([])
        let context = BenchContext(rounds: 2, scale: 0.01) { _, share in shares.withLock { $0.append(share) } }
        let tables = try await suite.run(context)
        #expect(!tables.isEmpty)
        for table in tables {
            #expect(!table.rows.isEmpty && table.rows.allSatisfy { $0.figures.count == table.columns.count })
            for figure in table.rows.flatMap(\.figures).compactMap(\.self) {
                #expect(figure.value > 0 && figure.rounds.count == 2)
            }
            if table.source != nil { #expect(table.rows.contains { $0.figures.contains { $0?.published != nil } }) }
            // Nothing is made up for what was not measured.
            for row in table.rows where table.columns.last == "Redis Cluster" { #expect(row.figures[2] == nil) }
        }
        let told = shares.withLock { $0 }
        #expect(told == told.sorted() && told.allSatisfy { (0..<1).contains($0) })
    }

    @Test("ask a Redis that is there, and none of its decisions is made without it", arguments: ["stores", "users"])
    func redis(name: String) async throws {
        let server = try await RedisServer.shared()
        var store = try RedisStore(server.url)
        store.prefix = "bench-test-\(UInt32.random(in: .min ... .max))"
        store.timeout = .seconds(20)
        let tables = try await #require(BenchSuite.named(name)).run(
            BenchContext(rounds: 1, scale: 0.01, redis: store))
        for row in tables.flatMap(\.rows) { #expect(try #require(row.figures[1]).value > 1_000, "\(row.name)") }
    }

    @Test("measure nothing where Redis does not answer", arguments: ["stores", "users"])
    func unreachable(name: String) async throws {
        // Nobody listens on the first port.
        var store = try RedisStore("redis://127.0.0.1:1")
        store.timeout = .seconds(1)
        let suite = try #require(BenchSuite.named(name))
        await #expect(throws: BenchError.self) {
            try await suite.run(BenchContext(rounds: 1, scale: 0.001, redis: store))
        }
    }

    @Test("tell pass marks that are missed")
    func marks() {
        var report = BenchReport(version: "1", machine: .current, time: 0)
        var table = BenchTable("a", "b", columns: ["c", "d", "e"])
        table.add(
            "row",
            [
                Figure(Rounds([5]), .nanoseconds, bound: 4), Figure(Rounds([5]), .perSecond, bound: 6),
                Figure(Rounds([5]), .bytes, bound: 5),
            ])
        report.sections = [.init(suite: "s", tables: [table])]
        #expect(report.missedMarks == 2)
        #expect(report.machine.cores > 0 && report.machine.memory > 1 << 20 && !report.machine.system.isEmpty)
    }
}
