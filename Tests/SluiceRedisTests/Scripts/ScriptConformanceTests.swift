import RedisServers
import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

/// The script by itself, without the client, under the suite that every store has to pass.
@Suite("The script conforms")
struct ScriptConformanceTests {
    private func suite(_ seeds: Range<UInt64>) async throws -> DeciderConformance<ScriptDecider> {
        let connection = try ScriptConnection(port: await RedisServer.shared().port)
        return DeciderConformance(seeds: seeds) { policies in try ScriptDecider(policies, on: connection) }
    }

    @Test("One rule decides as its definition says", arguments: TraceGenerator.chargingAlgorithms)
    func algorithm(_ algorithm: Limit.Algorithm) async throws {
        let coverage = try await suite(1..<9).checkAlgorithm(algorithm)
        #expect(coverage.allowed > 50)
        #expect(coverage.limited > 50)
    }

    @Test func `Several rules decide together, all or nothing`() async throws {
        let coverage = try await suite(1_000..<1_012).checkPolicies()
        #expect(coverage.allowed > 100)
        #expect(coverage.limited > 60)
        #expect(coverage.shadowDenied > 4)
    }

    @Test func `Penalties ban and shrink as they say`() async throws {
        let coverage = try await suite(2_000..<2_012).checkPenalties()
        #expect(coverage.banned > 20)
        #expect(coverage.limited > 60)
    }

    @Test func `Rules are closed and opened by hand`() async throws {
        let coverage = try await suite(8_000..<8_012).checkHolds()
        #expect(coverage.banned > 60)
        #expect(coverage.allowed > 60)
    }

    @Test("A cost is corrected, also beyond the limit", arguments: TraceGenerator.chargingAlgorithms)
    func settlements(_ algorithm: Limit.Algorithm) async throws {
        let coverage = try await suite(9_000..<9_012).checkSettlements(algorithm)
        #expect(coverage.allowed > 30)
        #expect(coverage.limited > 60)
    }

    @Test func `Leases are taken, renewed, released and expire`() async throws {
        let coverage = try await suite(3_000..<3_012).checkLeases()
        #expect(coverage.allowed > 30)
        #expect(coverage.limited > 30)
    }

    @Test func `Limits whose numbers change keep what was used`() async throws {
        let coverage = try await suite(4_000..<4_012).checkReplacedPolicies()
        #expect(coverage.allowed > 60)
        #expect(coverage.limited > 30)
    }
}
