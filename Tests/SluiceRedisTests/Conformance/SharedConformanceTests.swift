import RedisServers
import Sluice
import SluiceRedis
import SluiceTesting
import Testing

/// Stores on Redis under the suite that every store has to pass: the same traces, the same decisions as in memory.
@Suite("Stores on Redis conform")
struct SharedConformanceTests {
    private func suite(
        _ seeds: Range<UInt64>, on backend: RedisBackend, rememberingDenials: Bool = true
    ) async throws -> DeciderConformance<SharedLimiterDecider> {
        let store = try await backend.store()
        return DeciderConformance(seeds: seeds) { policies in
            try SharedLimiterDecider(policies, on: store, rememberingDenials: rememberingDenials)
        }
    }

    @Test(
        "One rule decides as its definition says", arguments: TraceGenerator.chargingAlgorithms, RedisBackend.allCases)
    func algorithm(_ algorithm: Limit.Algorithm, on backend: RedisBackend) async throws {
        let coverage = try await suite(1..<5, on: backend).checkAlgorithm(algorithm)
        #expect(coverage.allowed > 20)
        #expect(coverage.limited > 20)
    }

    @Test("Several rules decide together, all or nothing", arguments: RedisBackend.allCases)
    func policies(on backend: RedisBackend) async throws {
        let coverage = try await suite(1_000..<1_010, on: backend).checkPolicies()
        #expect(coverage.allowed > 100)
        #expect(coverage.limited > 60)
        #expect(coverage.shadowDenied > 4)
    }

    @Test("Penalties ban and shrink as they say", arguments: RedisBackend.allCases)
    func penalties(on backend: RedisBackend) async throws {
        let coverage = try await suite(2_000..<2_006, on: backend).checkPenalties()
        #expect(coverage.banned > 10)
        #expect(coverage.limited > 30)
    }

    @Test("Rules are closed and opened by hand", arguments: RedisBackend.allCases)
    func holds(on backend: RedisBackend) async throws {
        let coverage = try await suite(8_000..<8_010, on: backend).checkHolds()
        #expect(coverage.banned > 50)
        #expect(coverage.allowed > 50)
    }

    @Test(
        "A cost is corrected, also beyond the limit", arguments: TraceGenerator.chargingAlgorithms,
        RedisBackend.allCases)
    func settlements(_ algorithm: Limit.Algorithm, on backend: RedisBackend) async throws {
        let coverage = try await suite(9_000..<9_005, on: backend).checkSettlements(algorithm)
        #expect(coverage.allowed > 10)
        #expect(coverage.limited > 30)
    }

    @Test("Leases are taken, renewed, released and expire", arguments: RedisBackend.allCases)
    func leases(on backend: RedisBackend) async throws {
        let coverage = try await suite(3_000..<3_010, on: backend).checkLeases()
        #expect(coverage.allowed > 30)
        #expect(coverage.limited > 30)
    }

    @Test("Other numbers keep what was used", arguments: RedisBackend.allCases)
    func replacedPolicies(on backend: RedisBackend) async throws {
        let coverage = try await suite(4_000..<4_005, on: backend).checkReplacedPolicies()
        #expect(coverage.limited > 20)
    }

    @Test("Without remembered denials they decide alike")
    func withoutMemory() async throws {
        let coverage = try await suite(5_000..<5_003, on: .server, rememberingDenials: false).run()
        #expect(coverage.decisions > 1_000)
    }
}
