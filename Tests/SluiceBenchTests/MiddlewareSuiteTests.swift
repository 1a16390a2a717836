import RedisServers
import SluiceRedis
import Testing

@testable import SluiceBench

@Suite("The suite of a bot's pipeline")
struct MiddlewareSuiteTests {
    @Test("tells what each protection adds in memory, and nothing of what is not there")
    func memory() async throws {
        let tables = try await BenchSuite.middleware.run(BenchContext(rounds: 2, scale: 0.02))
        let table = try #require(tables.first)
        #expect(tables.count == 1 && table.columns == ["memory", "Redis", "Redis Cluster"])
        #expect(table.rows.map(\.name) == ["no rule", "debouncing", "throttling", "both"])
        for row in table.rows {
            let figure = try #require(row.figures[0])
            // What one time has more than another may be less than nothing on a busy machine.
            #expect(figure.value.isFinite && figure.rounds.count == 2, "\(row.name)")
            #expect(row.figures[1] == nil && row.figures[2] == nil)
        }
    }

    @Test("puts the figures of the replaced middleware beside its own, in memory and on Redis")
    func redis() async throws {
        let server = try await RedisServer.shared()
        var store = try RedisStore(server.url)
        store.prefix = "bench-test-\(UInt32.random(in: .min ... .max))"
        store.timeout = .seconds(20)
        let tables = try await BenchSuite.middleware.run(BenchContext(rounds: 1, scale: 0.02, redis: store))
        let rows = try #require(tables.first).rows
        #expect(rows.map { $0.figures[0]?.published } == [nil, 80_000, 120_000, 200_000])
        #expect(rows.map { $0.figures[1]?.published } == [nil, 180_000, 220_000, 400_000])
        // What no rule decides needs no Redis; a round trip is no matter of nanoseconds.
        for row in rows.dropFirst() { #expect(try #require(row.figures[1]).value > 1_000, "\(row.name)") }
        #expect(rows.allSatisfy { $0.figures[1]?.value.isFinite == true && $0.figures[2] == nil })
    }

    @Test("measures nothing where Redis does not answer")
    func unreachable() async throws {
        // Nobody listens on the first port.
        var store = try RedisStore("redis://127.0.0.1:1")
        store.timeout = .seconds(1)
        await #expect(throws: BenchError.self) {
            try await BenchSuite.middleware.run(BenchContext(rounds: 1, scale: 0.001, redis: store))
        }
    }
}
