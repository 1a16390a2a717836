import RESP
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("SLUICE commands", .timeLimit(.minutes(10)))
struct RESPDecisionTests {
    private static let policies = [
        Policy("chat") {
            Rule("flood", by: .user, .tokenBucket(2, per: .seconds(3)))
            Rule("room", by: .chat, .fixedWindow(100, per: .seconds(1_000)))
        },
        Policy("busy") { Rule("slots", .concurrency(1, lease: .seconds(30))) },
        Policy("strict", isStrict: true) { Rule("flood", by: .user, .tokenBucket(2, per: .seconds(3))) },
    ]

    /// Speaks with a server of these policies.
    private static func dialogue(
        _ engine: EngineUnderTest, _ body: @escaping @Sendable (RESPDialogue) throws -> Void
    ) async throws {
        try await RESPServerUnderTest.run(on: engine, policies: policies) { server in
            try await server.script { try body(RESPDialogue($0)) }
        }
    }

    /// Whether a reply is the decision that it should be, with spans in milliseconds.
    private static func expect(
        _ reply: RESPDialogue.Reply, _ numbers: [Int64], rule: String? = "flood",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let rule = rule.map { RESPDialogue.Reply.text($0) } ?? .null
        #expect(reply == .array(numbers.map { .integer($0) } + [rule]), sourceLocation: sourceLocation)
    }

    @Test("check, and say when denied", arguments: EngineUnderTest.allCases)
    func check(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            Self.expect(try server.ask("SLUICE.CHECK chat 1 user 42"), [1, 2, 1, 0, 1_500])
            Self.expect(try server.ask("sluice.check chat user 42"), [1, 2, 0, 0, 3_000])
            Self.expect(try server.ask("sluice.check chat 1 user 42"), [0, 2, 0, 1_500, 3_000])
            Self.expect(try server.ask("sluice.check chat 3 user 7"), [0, 2, 2, -1, 0])
        }
    }

    @Test("round what is left of a millisecond up")
    func rounding() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        _ = processor.ask("SLUICE.CHECK", "chat", "2", "user", "42")
        processor.time.advance(by: .nanoseconds(1))
        #expect(
            processor.ask("sluice.check", "chat", "1", "user", "42")
                == "*6\r\n:0\r\n:2\r\n:0\r\n:1500\r\n:3000\r\n$5\r\nflood\r\n")
    }

    @Test("peek, refund and reset alike", arguments: EngineUnderTest.allCases)
    func others(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            _ = try server.ask("SLUICE.CHECK chat 2 user 42")
            let (none, one): ([Int64], [Int64]) = ([0, 2, 0, 1_500, 3_000], [1, 2, 1, 0, 1_500])
            let full: [Int64] = [1, 2, 2, 0, 0]
            Self.expect(try server.ask("SLUICE.PEEK chat 1 user 42"), none)
            Self.expect(try server.ask("SLUICE.REFUND chat 1 user 42"), one)
            Self.expect(try server.ask("SLUICE.PEEK chat user 42"), one)
            Self.expect(try server.ask("SLUICE.RESET chat user 42"), full)
            Self.expect(try server.ask("SLUICE.RESET chat 1 user 42"), full)
            Self.expect(try server.ask("SLUICE.CHECK chat 0 user 42"), full)
        }
    }

    @Test("allow what no rule applies to, with nothing for a rule's name", arguments: EngineUnderTest.allCases)
    func noRule(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            let unlimited = Int64.max
            Self.expect(
                try server.ask("sluice.check chat 1 agent x"), [1, unlimited, unlimited, 0, 0], rule: nil)
            _ = try server.ask("hello 3")
            Self.expect(
                try server.ask("sluice.check chat 1 agent x"), [1, unlimited, unlimited, 0, 0], rule: nil)
        }
    }

    @Test("take, renew and release leases", arguments: EngineUnderTest.allCases)
    func leases(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            let lease = try #require(try server.ask("SLUICE.ACQUIRE busy").text)
            #expect(Lease(lease) != nil)
            #expect(try server.ask("SLUICE.ACQUIRE busy") == .null)
            #expect(try server.ask("SLUICE.RENEW \(lease)") == .integer(1))
            #expect(try server.ask("SLUICE.RELEASE \(lease)") == .integer(1))
            #expect(try server.ask("SLUICE.RELEASE \(lease)") == .integer(0))
            #expect(try server.ask("SLUICE.RENEW \(lease)") == .integer(0))
            #expect(try server.ask("SLUICE.ACQUIRE busy").text != nil)
            #expect(
                try server.ask("SLUICE.RENEW x")
                    == .failure("ERR 'x' is not a lease; give what SLUICE.ACQUIRE answered"))
            let wrong = try server.ask("SLUICE.ACQUIRE chat user 1")
            #expect("\(wrong)".hasPrefix("-ERR policy 'chat' has no concurrency rule"))
        }
    }

    @Test("say what is wrong, and what was probably meant", arguments: EngineUnderTest.allCases)
    func errors(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            func failure(_ request: String) throws -> String { "\(try server.ask(request))" }
            #expect(
                try failure("sluice.check chta 1 user 1") == "-ERR unknown policy 'chta' (did you mean 'chat'?)")
            #expect(try failure("sluice.check nothing 1") == "-ERR unknown policy 'nothing'")
            #expect(try failure("sluice.acquire bussy") == "-ERR unknown policy 'bussy' (did you mean 'busy'?)")
            for cost in ["x", "-1", "1.5", "9223372036854775808"] {
                #expect(
                    try failure("sluice.check chat \(cost) user 1")
                        == "-ERR cost '\(cost)' is not an integer from 0 to 9223372036854775807")
            }
            #expect(try failure("sluice.check") == "-ERR wrong number of arguments for 'sluice.check' command")
            #expect(
                try failure("sluice.acquire busy user") == "-ERR wrong number of arguments for 'sluice.acquire' command"
            )
            #expect(try failure("sluice.check strict 1 chat 1").hasPrefix("-ERR "))
            Self.expect(try server.ask("sluice.check strict 1 user 1"), [1, 2, 1, 0, 1_500])
        }
    }

    @Test("show line ends in what is wrong as spaces")
    func lineEnds() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        #expect(processor.ask("sluice.check", "a\r\nb", "1") == "-ERR unknown policy 'a  b'\r\n")
        #expect(processor.ask("sluice.check", "nothing alike", "1") == "-ERR unknown policy 'nothing alike'\r\n")
    }

    @Test("accept 16 entries and values of 1 KiB, and charge nothing for more", arguments: EngineUnderTest.allCases)
    func bounds(engine: EngineUnderTest) async throws {
        try await Self.dialogue(engine) { server in
            func words(_ entries: Int) -> String {
                "sluice.check chat 1 "
                    + (0..<entries).map { ($0 == 0 ? "user" : "k\($0)") + " v" }.joined(separator: " ")
            }
            for entries in [17, 18, 19, 100] {
                #expect(
                    try server.ask(words(entries))
                        == .failure("ERR the descriptor has \(entries) entries; at most 16 are accepted"))
            }
            let long = String(repeating: "x", count: 1_025)
            let refused = try [
                server.ask("sluice.check chat 1 user \(long)"), server.ask("sluice.check chat 1 user v \(long) v"),
            ]
            #expect(refused.allSatisfy { "\($0)".hasPrefix("-ERR ") })
            #expect(try server.ask("DBSIZE") == .integer(0))
            Self.expect(try server.ask(words(16)), [1, 2, 1, 0, 1_500])
            Self.expect(try server.ask("sluice.check chat 1 user \(long.dropLast())"), [1, 2, 1, 0, 1_500])
        }
    }

    @Test("obey policies that are reloaded, and forget those that are gone", arguments: EngineUnderTest.allCases)
    func reload(engine: EngineUnderTest) async throws {
        try await RESPServerUnderTest.run(on: engine, policies: Self.policies) { server in
            let dialogue = try await server.script { address in
                let dialogue = try RESPDialogue(address)
                _ = try dialogue.ask("sluice.check chat 1 user 1")
                return dialogue
            }
            try server.replacePolicies(with: [
                Policy("chat") { Rule("flood", by: .user, .tokenBucket(10, per: .seconds(10))) }
            ])
            try await server.script { _ in
                Self.expect(try dialogue.ask("sluice.peek chat 1 user 2"), [1, 10, 10, 0, 0])
            }
            try server.replacePolicies(with: [])
            try await server.script { _ in
                let reply = try dialogue.ask("sluice.peek chat 1 user 2")
                #expect(reply == .failure("ERR unknown policy 'chat'"))
            }
        }
    }
}
