import Logging
import RESP
import RedisServers
import Sluice
import SluiceRedis
import SluiceTesting
import Testing

/// Several descriptors in one request, decided on Redis: on one server by one call, in a cluster slot by slot.
@Suite("Descriptors of one request on Redis")
struct SharedJointTests {
    @Test("agree with counting, whatever they are", arguments: [UInt64](0..<8), RedisBackend.allCases)
    func oracle(seed: UInt64, on backend: RedisBackend) async throws {
        var oracle = JointOracle(seed: seed)
        let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_234))
        var store = try await backend.store()
        store.prefix = "joint-\(seed)"
        store.testTime = time
        store.redis.commandTimeout = .seconds(20)
        let limiter = try SharedLimiter(
            oracle.policies, store: store, time: .provided(by: time),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for step in 0..<150 {
            time.advance(by: .milliseconds(oracle.pause()))
            let request = oracle.request()
            let expected = oracle.answer(request, at: time.now())
            let parts = try request.map {
                JointPart(try limiter.planning.policy($0.policy), $0.descriptor, cost: $0.cost)
            }
            let decision = try await limiter.decide(parts)
            try #require(
                decision.parts.allSatisfy { !$0.decision.isDegraded }, "seed \(seed), step \(step): \(decision)")
            try #require(JointOracle.Answer(decision) == expected, "seed \(seed), step \(step): \(request)")
        }
        await limiter.shutDown()
    }

    @Test("are decided by their rules' choices while Redis is away")
    func away() async throws {
        let server = try await RedisServer.start()
        var store = try RedisStore(server.url)
        store.redis.commandTimeout = .milliseconds(200)
        await server.stop()
        let rules = [Rule("r", by: .user, .fixedWindow(1, per: .seconds(3_600)))]
        let limiter = try SharedLimiter(
            [
                Policy("local", rules: rules, onStoreFailure: .local),
                Policy("deny", rules: rules, onStoreFailure: .deny),
                Policy("allow", rules: rules, onStoreFailure: .allow),
            ], store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func decide(_ names: String...) async throws -> JointDecision {
            try await limiter.decide(names.map { JointPart(try limiter.planning.policy($0), [.user: "u"]) })
        }
        let denied = try await decide("local", "deny")
        #expect(!denied.isAllowed)
        // What was denied was not counted here either.
        let first = try await decide("local", "allow")
        #expect(first.isAllowed && first.parts.allSatisfy { $0.decision.isDegraded })
        #expect(try await !decide("local", "allow").isAllowed)
        #expect(try await decide("allow").isAllowed)
        await limiter.shutDown()
    }
}
