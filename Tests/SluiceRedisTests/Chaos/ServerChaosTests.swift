import RedisServers
import SluiceRedis
import Testing

/// One Redis that is killed, stopped, emptied and starved under load.
@Suite("When Redis", .serialized, .timeLimit(.minutes(10)))
struct ServerChaosTests {
    /// Runs a load on a server of its own, and holds what came of it against the laws.
    private func chaos(
        _ options: [String] = [], forgotten: Int = 0, do body: (RedisServer, ChaosLoad) async throws -> Void
    ) async throws -> ChaosOutcome {
        try await RedisServer.during(options: options) { server in
            let outcome = try await ChaosLoad.run(on: RedisStore(server.url)) { load in try await body(server, load) }
            #expect(outcome.chargedTwice == 0, "\(outcome)")
            if forgotten == 0 { #expect(outcome.lost == 0, "\(outcome)") }
            #expect(outcome.breach(forgotten: forgotten) == nil, "\(outcome)")
            return outcome
        }
    }

    @Test func `is killed and comes back, what was charged stays charged and nothing is charged twice`() async throws {
        let outcome = try await chaos(["appendonly yes", "appendfsync always"]) { server, load in
            for _ in 0..<2 {
                await server.kill()
                try await load.waitForDegraded()
                try await server.restart()
                try await load.waitForDecisions()
            }
        }
        #expect(outcome.degraded > 0)
    }

    @Test func `is killed and comes back empty, the limits begin anew`() async throws {
        _ = try await chaos(forgotten: 1) { server, load in
            await server.kill()
            try await load.waitForDegraded()
            try await server.restart()
        }
    }

    @Test func `sleeps, decisions do not wait for it`() async throws {
        _ = try await chaos { server, load in
            async let slept = server.command("DEBUG", "SLEEP", "1")
            try await load.waitForDegraded()
            _ = try await slept
        }
    }

    @Test func `is paused by an operator, or by the system, decisions do not wait for it`() async throws {
        _ = try await chaos { server, load in
            try await server.succeed("CLIENT", "PAUSE", "600", "ALL")
            try await load.waitForDegraded()
            try await load.waitForDecisions()
            server.pause()
            try await load.waitForDegraded()
            server.resume()
        }
    }

    @Test func `loses all connections, they are opened again`() async throws {
        _ = try await chaos { server, load in
            for _ in 0..<5 {
                try await server.succeed("CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES")
                try await load.waitForDecisions()
            }
        }
    }

    @Test func `forgets its scripts, no caller sees it`() async throws {
        let outcome = try await chaos { server, load in
            for _ in 0..<5 {
                try await server.succeed("SCRIPT", "FLUSH")
                try await load.waitForDecisions(50)
            }
        }
        #expect(outcome.lost == 0)
    }

    @Test func `is emptied, the limits begin anew`() async throws {
        let outcome = try await chaos(forgotten: 1) { server, load in
            try await server.succeed("FLUSHALL")
            try await load.waitForDecisions()
        }
        #expect(outcome.lost > 0)
    }

    @Test func `is out of memory, nothing is evicted and all is well when there is some again`() async throws {
        let outcome = try await chaos(["maxmemory-policy noeviction"]) { server, load in
            try await server.configSet("maxmemory", "1")
            try await load.waitForDegraded()
            try await server.configSet("maxmemory", "0")
        }
        #expect(outcome.degraded > 0)
    }

    @Test func `is a replica that takes no writes, decisions go on when it is a master again`() async throws {
        let outcome = try await chaos(["replica-read-only yes"]) { server, load in
            // Nobody answers at that address, so it keeps what it has.
            try await server.succeed("REPLICAOF", "127.0.0.1", "1")
            try await load.waitForDegraded()
            try await server.succeed("REPLICAOF", "NO", "ONE")
        }
        #expect(outcome.degraded > 0)
    }
}
