import Sluice
import SluiceTesting
import Testing

/// The memory store under the suite that every store has to pass.
@Suite("The memory store conforms")
struct ConformanceTests {
    private func suite(_ seeds: Range<UInt64>) -> DeciderConformance<LimiterDecider> {
        DeciderConformance(seeds: seeds) { policies in LimiterDecider(try Limiter(policies)) }
    }

    @Test("One rule decides as its definition says", arguments: TraceGenerator.chargingAlgorithms)
    func algorithm(_ algorithm: Limit.Algorithm) async throws {
        let coverage = try await suite(1..<20).checkAlgorithm(algorithm)
        #expect(coverage.allowed > 100)
        #expect(coverage.limited > 100)
        #expect(coverage.retries > 5)
        #expect(coverage.remainders > 0)
        let countsCost = algorithm != .cooldown && algorithm != .debounce
        #expect((coverage.impossible > 8) == countsCost)
    }

    @Test("Several rules decide together, all or nothing")
    func policies() async throws {
        let coverage = try await suite(1_000..<1_040).checkPolicies()
        #expect(coverage.allowed > 500)
        #expect(coverage.limited > 300)
        #expect(coverage.impossible > 8)
        #expect(coverage.listed > 2)
        #expect(coverage.shadowDenied > 20)
    }

    @Test("Penalties ban and shrink as they say")
    func penalties() async throws {
        let coverage = try await suite(2_000..<2_020).checkPenalties()
        #expect(coverage.banned > 50)
        #expect(coverage.limited > 100)
    }

    @Test("Rules are closed and opened by hand")
    func holds() async throws {
        let coverage = try await suite(8_000..<8_040).checkHolds()
        #expect(coverage.banned > 200)
        #expect(coverage.allowed > 200)
        #expect(coverage.retries > 20)
    }

    @Test("A cost is corrected, also beyond the limit", arguments: TraceGenerator.chargingAlgorithms)
    func settlements(_ algorithm: Limit.Algorithm) async throws {
        let coverage = try await suite(9_000..<9_030).checkSettlements(algorithm)
        #expect(coverage.allowed > 100)
        #expect(coverage.limited > 200)
        #expect(coverage.retries > 10)
    }

    @Test("Leases are taken, renewed, released and expire")
    func leases() async throws {
        let coverage = try await suite(3_000..<3_040).checkLeases()
        #expect(coverage.allowed > 100)
        #expect(coverage.limited > 100)
    }

    @Test("Other numbers keep what was used")
    func replacedPolicies() async throws {
        let coverage = try await suite(4_000..<4_020).checkReplacedPolicies()
        #expect(coverage.limited > 100)
    }

    @Test("A clock that goes back grants nothing", arguments: TraceGenerator.chargingAlgorithms)
    func clockSteps(_ algorithm: Limit.Algorithm) async throws {
        let coverage = try await suite(5_000..<5_010).checkClockSteps(algorithm)
        #expect(coverage.allowed > 20)
        #expect(coverage.limited > 20)
    }

    @Test("A limiter on a time of its own decides alike")
    func ownTime() async throws {
        let suite = DeciderConformance(seeds: 6_000..<6_002) { policies in
            try LimiterDecider(policies, on: ManualTime())
        }
        let coverage = try await suite.run()
        #expect(coverage.decisions > 1_500)
    }

    @Test("A decider of coarse time can be held to the laws as well")
    func coarseTime() async throws {
        struct Coarse: Decider {
            let inner: LimiterDecider
            var resolution: Duration { .microseconds(1) }
            var start: Timestamp { Timestamp(milliseconds: 1_700_000_000_123) }

            private func checked(_ moment: Timestamp) -> Timestamp {
                precondition(moment.nanoseconds % 1_000 == 0, "finer than the decider's own time")
                return moment
            }
            func decide(_ p: String, _ d: Descriptor, cost: Int64, at m: Timestamp) async throws -> Decision {
                try await inner.decide(p, d, cost: cost, at: checked(m))
            }
            func peek(_ p: String, _ d: Descriptor, cost: Int64, at m: Timestamp) async throws -> Decision {
                try await inner.peek(p, d, cost: cost, at: checked(m))
            }
            func refund(_ p: String, _ d: Descriptor, cost: Int64, at m: Timestamp) async throws -> Decision {
                try await inner.refund(p, d, cost: cost, at: checked(m))
            }
            func settle(
                _ p: String, _ d: Descriptor, estimate: Int64, actual: Int64, at m: Timestamp
            ) async throws -> Decision {
                try await inner.settle(p, d, estimate: estimate, actual: actual, at: checked(m))
            }
            func hold(
                _ p: String, rule: String, _ d: Descriptor, for duration: Duration, at m: Timestamp
            ) async throws { try await inner.hold(p, rule: rule, d, for: duration, at: checked(m)) }
            func lift(_ p: String, rule: String, _ d: Descriptor, at m: Timestamp) async throws {
                try await inner.lift(p, rule: rule, d, at: checked(m))
            }
            func reset(_ p: String, _ d: Descriptor, at m: Timestamp) async throws {
                try await inner.reset(p, d, at: checked(m))
            }
            func acquire(
                _ p: String, _ d: Descriptor, at m: Timestamp
            ) async throws -> (decision: Decision, lease: Lease?) { try await inner.acquire(p, d, at: checked(m)) }
            func renew(_ lease: Lease, at m: Timestamp) async throws -> Bool {
                try await inner.renew(lease, at: checked(m))
            }
            func release(_ lease: Lease, at m: Timestamp) async throws -> Bool {
                try await inner.release(lease, at: checked(m))
            }
            func replacePolicies(with policies: [Policy]) async throws {
                try await inner.replacePolicies(with: policies)
            }
        }
        let suite = DeciderConformance(seeds: 7_000..<7_002) { Coarse(inner: LimiterDecider(try Limiter($0))) }
        let coverage = try await suite.run()
        #expect(coverage.decisions > 1_000)
    }
}
