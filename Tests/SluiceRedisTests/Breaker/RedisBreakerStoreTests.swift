import Logging
import RESP
import RedisServers
import SluiceRedis
import SluiceTesting
import Synchronization
import Testing

@testable import Sluice

@Suite("Breakers that agree through Redis", .timeLimit(.minutes(10)))
struct RedisBreakerStoreTests {
    private struct Down: Error {}

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func store(
        _ server: RedisServer, prefix: String, testTime: (any TimeProvider)? = nil
    ) throws -> RedisBreakerStore {
        var store = try RedisStore(server.url)
        store.prefix = prefix
        store.redis.commandTimeout = .seconds(10)
        store.testTime = testTime
        return RedisBreakerStore(store, logger: Self.quiet)
    }

    /// Breakers that open for an hour, so that a slow machine changes nothing.
    private func breakers(_ stores: [RedisBreakerStore], first: Duration = .hours(1)) -> [CircuitBreaker] {
        let configuration = BreakerConfiguration(
            failuresInARow: 2, backOff: BackOff(first: first, longest: .hours(2), jitter: .none),
            probeDeadline: .minutes(10))
        return stores.map {
            CircuitBreaker("model", configuration, sharing: BreakerSharing($0, staleness: .milliseconds(1)))
        }
    }

    private func fail(_ breaker: CircuitBreaker, _ times: Int = 1) async {
        for _ in 0..<times { try? await breaker.run { throw Down() } }
        await breaker.synchronize()
    }

    private func isRefused(_ breaker: CircuitBreaker) async -> Bool {
        do {
            try await breaker.run {}
            return false
        } catch is CircuitOpenError { return true } catch { return false }
    }

    @Test("the script answers as the record does, at random times", arguments: 0..<12)
    func script(_ seed: UInt64) async throws {
        let time = ManualTime(at: Timestamp(seconds: 1_700_000_000))
        let redis = try store(try await RedisServer.shared(), prefix: "breaker-script-\(seed)", testTime: time)
        let memory = MemoryBreakerStore(time: .provided(by: time))
        var random = SplitMix64(seed: seed)
        var generation: Int64 = 0
        for step in 0..<400 {
            time.advance(by: .milliseconds(random.number(in: 0...random.pick([10, 4_000, 40_000]))))
            let span = Duration.microseconds(random.number(in: 0...9_000_000))
            let operation = random.pick([
                BreakerRequest.Operation.look, .open(for: span), .probe(within: span), .close,
            ])
            let request = BreakerRequest(
                operation, generation: max(0, generation - (random.chance(70) ? 0 : random.number(in: 0...2))),
                waits: Int(random.number(in: 0...40)), keep: .seconds(60))
            let expected = try await memory.agree(on: "model", request)
            let answer = try await redis.agree(on: "model", request)
            #expect(answer == expected, "seed \(seed), step \(step), \(request)")
            generation = expected.generation
        }
        await redis.shutDown()
    }

    @Test("open, probe and close together")
    func together() async throws {
        let server = try await RedisServer.shared()
        let stores = try (0..<3).map { _ in try store(server, prefix: "breaker-together") }
        let breakers = breakers(stores, first: .milliseconds(200))
        await fail(breakers[0], 2)
        // All of them probe as soon as they may; one is let through each time, and it fails.
        for round in 2...4 {
            try await eventually("somebody probes in round \(round)") {
                var probes = 0
                await withTaskGroup(of: Bool.self) { group in
                    for breaker in breakers {
                        group.addTask { ((try? await breaker.run { throw Down() }) as Void?) == nil }
                    }
                    await group.waitForAll()
                }
                for breaker in breakers where await self.waits(of: breaker) >= round { probes += 1 }
                return probes > 0
            }
        }
        try await eventually("somebody probes, and it works") { await isRefused(breakers[1]) == false }
        await breakers[1].synchronize()
        try await eventually("all of them know") {
            for breaker in breakers where await isRefused(breaker) { return false }
            return true
        }
        for store in stores { await store.shutDown() }
    }

    private func waits(of breaker: CircuitBreaker) async -> Int {
        await breaker.synchronize()
        return breaker.inside.withLock {
            if case .open(_, let waits) = $0.standing.machine.state { waits } else { 0 }
        }
    }

    @Test("every record expires, and an operator can read it")
    func expires() async throws {
        try await RedisServer.during { server in
            let store = try store(server, prefix: "mine")
            let breakers = breakers([store])
            await fail(breakers[0], 2)
            #expect(try await server.cli("KEYS", "*") == "mine:breaker:model\n")
            let milliseconds = try await server.command("PTTL", "mine:breaker:model").number ?? -1
            #expect(milliseconds > 3_600_000 && milliseconds < 3 * 3_600_000 + 11 * 60_000)
            #expect(try await server.cli("GET", "mine:breaker:model").hasPrefix("1 "))
            await store.shutDown()
        }
    }

    @Test("a killed Redis changes nothing of what each has seen; one that comes back empty hears it anew")
    func killed() async throws {
        try await RedisServer.during { server in
            let stores = try (0..<3).map { _ in try store(server, prefix: "breaker-killed") }
            let breakers = breakers(stores)
            for breaker in breakers { try await breaker.run {} }
            var events = breakers[2].events.makeAsyncIterator()
            await fail(breakers[0], 2)
            #expect(await isRefused(breakers[1]))
            await server.kill()
            // Whoever has opened stays open; whoever has not heard of it goes by his own calls.
            #expect(await isRefused(breakers[0]))
            #expect(await isRefused(breakers[1]))
            #expect(await isRefused(breakers[2]) == false)
            try await server.restart()
            try await eventually("an open breaker has said so again") {
                await breakers[0].synchronize()
                return try await server.cli("EXISTS", "breaker-killed:breaker:model") == "1\n"
            }
            try await eventually("the others hear of it") { await isRefused(breakers[2]) }
            breakers[2].reset()
            try await eventually("and that it is over") {
                await breakers[2].synchronize()
                return await isRefused(breakers[0]) == false
            }
            var kinds: [String] = []
            for _ in 0..<3 {
                switch await events.next()?.kind {
                case .sharingLost: kinds.append("lost")
                case .sharingRestored: kinds.append("restored")
                case .changed(_, .open): kinds.append("open")
                default: kinds.append("other")
                }
            }
            #expect(kinds == ["lost", "restored", "open"])
            for store in stores { await store.shutDown() }
        }
    }

    @Test("a Redis that hangs holds nobody up for longer than a step may take")
    func hanging() async throws {
        try await RedisServer.during { server in
            var settings = try RedisStore(server.url)
            settings.redis.commandTimeout = .milliseconds(50)
            let store = RedisBreakerStore(settings, logger: Self.quiet)
            let breakers = breakers([store])
            try await breakers[0].run {}
            server.pause()
            for _ in 0..<100 { try await breakers[0].run {} }
            await fail(breakers[0], 2)
            #expect(await isRefused(breakers[0]))
            server.resume()
            try await eventually("it is told") {
                await breakers[0].synchronize()
                return try await server.cli("EXISTS", "sluice:breaker:model") == "1\n"
            }
            await store.shutDown()
        }
    }
}
