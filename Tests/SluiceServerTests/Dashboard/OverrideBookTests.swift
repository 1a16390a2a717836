import Sluice
import SluiceHTTP
import Testing

@testable import SluiceServer

@Suite("Limits for a while")
struct OverrideBookTests {
    private struct Refused: Error {}

    private static let policies = [
        Policy("a") { Rule("r", by: .user, .tokenBucket(1, per: .seconds(1))) },
        Policy("b") { Rule("r", by: .user, .tokenBucket(1, per: .seconds(1))) },
    ]

    private static func book() throws -> OverrideBook {
        let book = OverrideBook()
        for policy in ["a", "b"] {
            try book.add(
                OverrideBook.Override(
                    policy: policy, rule: "r", limit: .tokenBucket(9, per: .seconds(1)),
                    original: .tokenBucket(1, per: .seconds(1)), until: Timestamp(seconds: 1_700_000_000)))
        }
        return book
    }

    @Test("stand in for the rules' own, and end with the rules")
    func applied() throws {
        let book = try Self.book()
        var told: [Policy] = []
        try book.apply(to: [Self.policies[0]]) { told = $0 }
        #expect(told.map { $0.rules[0].limit.count } == [9])
        #expect(book.all.map(\.policy) == ["a"])
    }

    @Test("stay when the policies that would end them are refused")
    func refused() throws {
        let book = try Self.book()
        #expect(throws: Refused.self) { try book.apply(to: []) { _ in throw Refused() } }
        #expect(book.all.map(\.policy) == ["a", "b"])
    }

    @Test("are sixty-four at most")
    func most() throws {
        let book = OverrideBook()
        let limit = Limit.tokenBucket(1, per: .seconds(1))
        func add(_ number: Int) throws {
            try book.add(
                OverrideBook.Override(
                    policy: "p", rule: "\(number)", limit: limit, original: limit,
                    until: Timestamp(seconds: 1_700_000_000)))
        }
        for number in 0..<OverrideBook.most { try add(number) }
        #expect(throws: Problem.self) { try add(OverrideBook.most) }
        try add(0)
        #expect(book.all.count == OverrideBook.most)
    }
}
