import SluiceTesting
import Testing

@testable import Sluice

/// Several descriptors in one request, each under its own policy.
@Suite("Descriptors of one request")
struct JointDecisionTests {
    private let now = Timestamp(milliseconds: 1_700_000_001_234)

    private func limiter(_ policies: [Policy]) throws -> Limiter { try Limiter(policies) }

    private func window(_ name: String, _ count: Int64, alternative: Bool = false) -> Policy {
        var rule = Rule(name, by: .user, .fixedWindow(count, per: .seconds(10)))
        rule.isAlternative = alternative
        return Policy(name, rules: [rule])
    }

    @Test("are charged all together or not at all")
    func allOrNothing() throws {
        let limiter = try limiter([window("wide", 5), window("narrow", 1)])
        let parts = [
            JointPart(try limiter.policy("wide"), [.user: "u"]), JointPart(try limiter.policy("narrow"), [.user: "u"]),
        ]
        let first = try limiter.decide(parts, at: now)
        #expect(first.isAllowed)
        #expect(first.parts.map(\.decision.remaining) == [4, 0])
        let second = try limiter.decide(parts, at: now)
        #expect(!second.isAllowed)
        #expect(second.parts.map(\.decision.isAllowed) == [true, false])
        #expect(second.parts.map(\.decision.remaining) == [4, 0])
        #expect(second.parts.map(\.count) == [5, 1])
        #expect(second.parts.map(\.periodNanoseconds) == [10_000_000_000, 10_000_000_000])
        #expect(try limiter.peek("wide", [.user: "u"], at: now).remaining == 4)
    }

    @Test("that count in one cell cost it their sum")
    func sum() throws {
        let limiter = try limiter([window("three", 3)])
        let part = JointPart(try limiter.policy("three"), [.user: "u"], cost: 2)
        #expect(try !limiter.decide([part, part], at: now).isAllowed)
        #expect(try limiter.decide([part], at: now).isAllowed)
        #expect(try limiter.peek("three", [.user: "u"], at: now).remaining == 1)
    }

    @Test("with alternatives are denied when all of these are")
    func alternatives() throws {
        let limiter = try limiter([window("one", 1, alternative: true), window("two", 2, alternative: true)])
        let parts = [
            JointPart(try limiter.policy("one"), [.user: "u"]), JointPart(try limiter.policy("two"), [.user: "u"]),
        ]
        let decisions = try (0..<3).map { _ in try limiter.decide(parts, at: now) }
        #expect(decisions.map(\.isAllowed) == [true, true, false])
        #expect(decisions[1].parts.map(\.decision.isAllowed) == [false, true])
    }

    @Test("that speak of too many cells are refused with nothing charged")
    func tooMany() throws {
        let limiter = try limiter([window("wide", 5)])
        let policy = try limiter.policy("wide")
        let parts = (0...JointPlan.maximumCharges).map { JointPart(policy, [.user: "\($0)"]) }
        #expect(throws: SluiceError.self) { try limiter.decide(parts, at: now) }
        #expect(limiter.store.count == 0)
    }

    @Test("agree with counting, whatever they are", arguments: 0..<40 as Range<UInt64>)
    func oracle(seed: UInt64) throws {
        var oracle = JointOracle(seed: seed)
        let limiter = try limiter(oracle.policies)
        var moment = now.nanoseconds
        var denied = 0
        for step in 0..<400 {
            moment += oracle.pause() * 1_000_000
            let request = oracle.request()
            let now = Timestamp(nanoseconds: moment)
            let expected = oracle.answer(request, at: now)
            let parts = try request.map { JointPart(try limiter.policy($0.policy), $0.descriptor, cost: $0.cost) }
            let decision = try limiter.decide(parts, at: now)
            try #require(JointOracle.Answer(decision) == expected, "seed \(seed), step \(step): \(request)")
            denied += expected.isAllowed ? 0 : 1
        }
        #expect(denied > 20 && denied < 380, "seed \(seed) did not press the limits")
    }
}
