import Sluice
import SluiceTesting
import Testing

/// Several policies asked about one request on bytes where they lie, as bots ask.
@Suite("Several policies of one request")
struct JointQuestionTests {
    @Test("agree with counting, whatever they are", arguments: [UInt64](0..<40))
    func oracle(seed: UInt64) throws {
        var oracle = JointOracle(seed: seed)
        let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_234))
        let limiter = try Limiter(oracle.policies, time: .provided(by: time))
        for step in 0..<300 {
            time.advance(by: .milliseconds(oracle.pause()))
            let request = oracle.request().ofDistinctPolicies
            let expected = oracle.answer(request, at: time.now())
            let answer = try #require(try limiter.answer(request))
            try #require(
                answer.decision.isAllowed == expected.isAllowed, "seed \(seed), step \(step): \(request), \(answer)")
            guard !answer.decision.isAllowed else { continue }
            try #require(!expected.parts[answer.place], "seed \(seed), step \(step): \(request), \(answer)")
        }
    }

    @Test("hold slots only if all of them pass")
    func slots() throws {
        let limiter = try Limiter {
            Policy("busy") { Rule("slots", .concurrency(1, lease: .seconds(30))) }
            Policy("rare") { Rule("once", by: .user, .fixedWindow(1, per: .days(30))) }
        }
        func ask(_ user: String) throws -> JointAnswer? {
            try limiter.answer(
                [JointOracle.Part(policy: "busy", user: user, cost: 1), .init(policy: "rare", user: user, cost: 1)],
                holdsSlots: true)
        }
        let first = try #require(try ask("1"))
        let lease = try #require(first.lease)
        let second = try #require(try ask("2"))
        #expect(second.lease == nil)
        #expect(second.place == 0)
        #expect(limiter.release(lease))
        let again = try #require(try ask("1"))
        #expect(again.place == 1)
        #expect(again.lease == nil, "what the other denies holds no slot")
        #expect(try ask("2")?.lease != nil)
    }
}

extension [JointOracle.Part] {
    /// At most one part of each policy.
    fileprivate var ofDistinctPolicies: [JointOracle.Part] {
        var names: Set<String> = []
        return filter { names.insert($0.policy).inserted }
    }
}

extension Limiter {
    fileprivate func answer(_ parts: [JointOracle.Part], holdsSlots: Bool = false) throws -> JointAnswer? {
        let texts = parts.map { Array($0.user.utf8) }
        let bytes = texts.map { text in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
            copy.copyBytes(from: text)
            return copy
        }
        defer { for copy in bytes { copy.deallocate() } }
        let values = UnsafeMutablePointer<ValueBytes>.allocate(capacity: parts.count)
        defer { values.deallocate() }
        for (place, copy) in bytes.enumerated() { values[place] = ValueBytes(UnsafeRawBufferPointer(copy)) }
        let questions = try parts.enumerated().map { place, part in
            JointQuestion(try policy(part.policy), values + place, cost: part.cost)
        }
        let step = try questions.withUnsafeBufferPointer { try begin($0, holdsSlots: holdsSlots) }
        guard case .decided(let answer) = step else { return nil }
        return answer
    }
}
