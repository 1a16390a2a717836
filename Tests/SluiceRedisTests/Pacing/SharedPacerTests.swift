import Logging
import RESP
import RedisServers
import Sluice
import SluiceRedis
import SluiceTesting
import Testing

/// Pacers of two instances that share their limits through Redis, in a time that the test moves.
@Suite("Pacers that share limits through Redis")
struct SharedPacerTests {
    private let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_234))

    private func limiters(
        _ count: Int, _ policy: Policy, on backend: RedisBackend, prefix: String
    ) async throws -> [SharedLimiter] {
        var store = try await backend.store()
        store.prefix = "pacer-\(prefix)-\(backend)"
        store.testTime = time
        store.redis.commandTimeout = .seconds(20)
        return try (0..<count).map { _ in
            try SharedLimiter(
                [policy], store: store, time: .provided(by: time),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    @Test("Two instances that share Telegram's limits see not one 429", arguments: RedisBackend.allCases)
    func telegram(on backend: RedisBackend) async throws {
        let platform = PlatformModel.telegram()
        let limiters = try await limiters(2, PacingPreset.telegram().policy, on: backend, prefix: "telegram")
        let pacers = try limiters.map { try Pacer($0, .telegram()) }
        let count = backend == .server ? 1_000 : 300
        let chats = (0..<count).map { Descriptor.telegram(chat: Int64(1 + $0 % (count / 5))) }
        let report = try await PacingTrial(pacers, platform, on: time).send(to: chats, seed: 1)
        #expect(platform.refused == 0)
        #expect(platform.accepted == count)
        if backend == .server {
            #expect(report.duration / .seconds((count - 1) / 30) < 1.05, "\(report.duration)")
        }
        for limiter in limiters { await limiter.shutDown() }
    }

    @Test("What one instance is told to wait for, the other waits for too", arguments: RedisBackend.allCases)
    func pause(on backend: RedisBackend) async throws {
        let limiters = try await limiters(2, PacingPreset.telegram().policy, on: backend, prefix: "pause")
        let pacers = try limiters.map { try Pacer($0, .telegram()) }
        await #expect(throws: RetryAfter(.seconds(30))) {
            try await pacers[0].send(to: .telegram(chat: 1), upTo: .seconds(1)) { throw RetryAfter(.seconds(30)) }
        }
        let denial = try await limiters[1].decide("telegram", .telegram(chat: 1))
        #expect(denial.retryAfter == .seconds(30) && denial.rule?.description == "chat")
        try await pacers[1].send(to: .telegram(chat: 2)) {}
        for limiter in limiters { await limiter.shutDown() }
    }

    @Test(
        "What one instance's call has cost beyond its estimate, the other waits for", arguments: RedisBackend.allCases)
    func correction(on backend: RedisBackend) async throws {
        let preset = PacingPreset.languageModel(tokensPerMinute: 6_000, requestsPerMinute: 100)
        let limiters = try await limiters(2, preset.policy, on: backend, prefix: "tokens")
        let pacers = try limiters.map { try Pacer($0, preset) }
        try await pacers[0].send(estimate: 500) { Metered((), cost: 6_600) }
        let denial = try await limiters[1].peek("llm", [:], cost: 400)
        #expect(denial.retryAfter == .seconds(10))
        let all = try await limiters[1].policy("llm").explain([:], cost: 1, charging: false)
        #expect(all.rules.map(\.decision.remaining) == [0, 99])
        for limiter in limiters { await limiter.shutDown() }
    }
}
