import RESP
import RedisServers
import Sluice
import SluiceRedis
import Synchronization
import Testing

@testable import SluiceBench

@Suite("The suite of Redis itself")
struct RedisSuiteTests {
    @Test("measures servers of its own in every place, and leaves the cluster in order")
    func own() async throws {
        let servers = try #require(try await BenchServers.started(single: true, cluster: true))
        let shares = Mutex<[Double]>([])
        var context = BenchContext(rounds: 1, scale: 0.002, redis: servers.redis, cluster: servers.cluster) {
            _, share in shares.withLock { $0.append(share) }
        }
        context.servers = servers
        let tables: [BenchTable]
        do {
            tables = try await BenchSuite.redis.run(context)
            let several = try #require(servers.several)
            #expect(several.running.count == 6)
            try await several.waitUntilInOrder()
        } catch {
            await servers.stop()
            throw error
        }
        await servers.stop()
        for table in tables {
            for row in table.rows {
                // A log of 20 takes 20 decisions, so fewer callers are counted.
                let missing = row.name.hasPrefix("sliding-log") ? [table.columns.count - 1] : []
                #expect(row.figures.indices.filter { row.figures[$0] == nil } == missing, "\(table.title), \(row.name)")
            }
        }
        let published = tables.flatMap(\.rows).flatMap(\.figures).compactMap { $0?.published }
        #expect(published == [220_000, 350_000, 100, 100e3, 1e6, 50, 50e3, 0.5e6, 150, 150e3, 1.5e6])
        let failover = try #require(tables.last?.rows.first?.figures.compactMap { $0 })
        try #require(failover.count == 6)
        let (taken, first, last) = (failover[0].value, failover[1].value, failover[2].value)
        #expect(taken > 0 && first > 0 && last >= first)
        // While nobody serves the slots, failure choices decide, and nothing fails.
        #expect(failover[3].value >= 1 && failover[4].value >= 1 && failover[5].value == 0)
        let told = shares.withLock { $0 }
        #expect(told == told.sorted() && told.allSatisfy { (0..<1).contains($0) })
    }

    @Test("has the pass marks that are published: a millisecond for a round trip, ten for the slowest of a hundred")
    func marks() async throws {
        let server = try await RedisServer.shared()
        let store = try RedisStore(server.url).forMeasuring()
        let table = try await RedisRoundTrips(context: BenchContext(rounds: 1, scale: 0.01, redis: store)).table()
        #expect(table.rows.map(\.name) == ["PING", "SET", "decision: a rate"])
        for row in table.rows {
            #expect(row.figures.map { $0?.mark?.bound } == [1e6, 10e6, nil, nil])
            #expect(row.figures.prefix(2).allSatisfy { ($0?.value ?? 0) > 0 })
        }
    }

    @Test("takes nothing from a Redis that somebody named: neither its keys nor its master")
    func named() async throws {
        try await RedisServer.during { server in
            try await server.succeed("SET", "mine", "1")
            let store = try RedisStore(server.url).forMeasuring()
            let tables = try await BenchSuite.redis.run(BenchContext(rounds: 1, scale: 0.002, redis: store))
            #expect(server.isRunning)
            #expect(try await server.command("GET", "mine") == .text("1"))
            // All that is left of the measurements goes by itself, within minutes.
            for key in try await server.succeed("KEYS", "*").list.compactMap(\.text) where key != "mine" {
                let left = try await server.succeed("PTTL", key).number ?? -1
                // Less than nothing is left of what has gone since the keys were asked for.
                #expect(left == -2 || (0...300_000).contains(left), "\(key) stays for \(left) ms")
            }
            // It has no replica, and none of its masters is killed.
            for table in tables.suffix(2) {
                #expect(table.rows.allSatisfy { $0.figures.allSatisfy { $0 == nil } }, "\(table.title)")
            }
        }
    }

    @Test("measures the replica of a Redis that somebody named")
    func replica() async throws {
        try await RedisServer.during { server in
            let replica = try await RedisServer.start(replicaOf: server)
            let store = try RedisStore(server.url).forMeasuring()
            do {
                // The master takes it for one that is there once it has heard of it.
                try await server.waitForReplicas()
                let table = try await ReplicationLag(context: BenchContext(rounds: 1, scale: 0.01, redis: store))
                    .table()
                for row in table.rows {
                    #expect(row.figures.map { $0?.mark?.bound } == [nil, nil, 10e9, 10e9])
                    #expect(row.figures.allSatisfy { ($0?.value ?? 0) > 0 })
                }
            } catch {
                await replica.stop()
                throw error
            }
            await replica.stop()
        }
    }

    @Test("measures nothing where Redis does not answer")
    func unreachable() async throws {
        // Nobody listens on the first port.
        var store = try RedisStore("redis://127.0.0.1:1").forMeasuring()
        store.timeout = .seconds(1)
        await #expect(throws: (any Error).self) {
            try await BenchSuite.redis.run(BenchContext(rounds: 1, scale: 0.002, redis: store))
        }
    }

    @Test("reads what a node tells of itself")
    func info() {
        let text = """
            # Server\r\nredis_version:7.0.15\r\n# CPU\r\nused_cpu_sys:9.0\r\nused_cpu_user:9.0\r
            used_cpu_sys_main_thread:0.5\r\nused_cpu_user_main_thread:1.25\r\n# Memory\r\nused_memory:1048576\r
            # Replication\r\nrole:master\r\nconnected_slaves:2\r
            slave0:ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0\r
            slave1:ip=::1,port=6380,state=online,offset=28,lag=1\r\n
            """
        let node = NodeInfo(text)
        #expect(node.name == "Redis 7.0.15" && node.isMaster && node.coreSeconds == 1.75 && node.memory == 1_048_576)
        #expect(node.replicas == [.tcp(host: "::1", port: 6_380)])
        #expect(NodeInfo("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\nrole:slave\r\n").name == "Valkey 8.1.0")
        #expect(!NodeInfo("role:slave\r\n").isMaster)
        // One that may not be asked is no worse for it.
        let silent = NodeInfo("")
        #expect(silent.isMaster && silent.coreSeconds == nil && silent.memory == nil && silent.replicas.isEmpty)
    }

    @Test("calls once for each number, and stops at the first fault", arguments: [1, 7, 64])
    func load(callers: Int) async throws {
        let called = Mutex<[Int]>([])
        try await CallLoad(callers: callers) { number in called.withLock { $0.append(number) } }.run(5..<30)
        #expect(called.withLock { $0.sorted() } == Array(5..<30))
        let faulty = CallLoad(callers: callers) { number in
            if number == 20 { throw BenchError("stop") }
            // Whoever calls something waits for it, and leaves the thread to the others.
            await Task.yield()
        }
        await #expect(throws: BenchError.self) { try await faulty.run(0..<30) }
        // Callers that go on for ever stop when one of them fails.
        await #expect(throws: BenchError.self) { try await faulty.runUntilCancelled() }
    }
}
