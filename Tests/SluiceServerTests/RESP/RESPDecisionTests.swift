import RESP
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("SLUICE commands")
struct RESPDecisionTests {
    private static let policies = [
        Policy("chat") {
            Rule("flood", by: .user, .tokenBucket(2, per: .seconds(3)))
            Rule("room", by: .chat, .fixedWindow(100, per: .seconds(1_000)))
        },
        Policy("busy") { Rule("slots", .concurrency(1, lease: .seconds(30))) },
        Policy("strict", isStrict: true) { Rule("flood", by: .user, .tokenBucket(2, per: .seconds(3))) },
    ]

    @Test("checks, and says when denied")
    func check() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        #expect(
            processor.ask("SLUICE.CHECK", "chat", "1", "user", "42")
                == "*6\r\n:1\r\n:2\r\n:1\r\n:0\r\n:1500\r\n$5\r\nflood\r\n")
        #expect(
            processor.ask("sluice.check", "chat", "user", "42")
                == "*6\r\n:1\r\n:2\r\n:0\r\n:0\r\n:3000\r\n$5\r\nflood\r\n")
        processor.time.advance(by: .nanoseconds(1))
        #expect(
            processor.ask("sluice.check", "chat", "1", "user", "42")
                == "*6\r\n:0\r\n:2\r\n:0\r\n:1500\r\n:3000\r\n$5\r\nflood\r\n")
        #expect(
            processor.ask("sluice.check", "chat", "3", "user", "7")
                == "*6\r\n:0\r\n:2\r\n:2\r\n:-1\r\n:0\r\n$5\r\nflood\r\n")
    }

    @Test("peeks, refunds and resets alike")
    func others() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        _ = processor.ask("SLUICE.CHECK", "chat", "2", "user", "42")
        let none = "*6\r\n:0\r\n:2\r\n:0\r\n:1500\r\n:3000\r\n$5\r\nflood\r\n"
        let one = "*6\r\n:1\r\n:2\r\n:1\r\n:0\r\n:1500\r\n$5\r\nflood\r\n"
        let full = "*6\r\n:1\r\n:2\r\n:2\r\n:0\r\n:0\r\n$5\r\nflood\r\n"
        #expect(processor.ask("SLUICE.PEEK", "chat", "1", "user", "42") == none)
        #expect(processor.ask("SLUICE.REFUND", "chat", "1", "user", "42") == one)
        #expect(processor.ask("SLUICE.PEEK", "chat", "user", "42") == one)
        #expect(processor.ask("SLUICE.RESET", "chat", "user", "42") == full)
        #expect(processor.ask("SLUICE.RESET", "chat", "1", "user", "42") == full)
    }

    @Test("allows what no rule applies to, with nothing for a rule's name")
    func noRule() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        let unlimited = "*6\r\n:1\r\n:\(Int64.max)\r\n:\(Int64.max)\r\n:0\r\n:0\r\n"
        #expect(processor.ask("sluice.check", "chat", "1", "agent", "x") == unlimited + "$-1\r\n")
        _ = processor.ask("hello", "3")
        #expect(processor.ask("sluice.check", "chat", "1", "agent", "x") == unlimited + "_\r\n")
    }

    @Test("takes, renews and releases leases")
    func leases() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        let reply = processor.ask("SLUICE.ACQUIRE", "busy")
        let lease = String(reply.split(separator: "\r\n")[1])
        #expect(Lease(lease) != nil)
        #expect(processor.ask("SLUICE.ACQUIRE", "busy") == "$-1\r\n")
        #expect(processor.ask("SLUICE.RENEW", lease) == ":1\r\n")
        #expect(processor.ask("SLUICE.RELEASE", lease) == ":1\r\n")
        #expect(processor.ask("SLUICE.RELEASE", lease) == ":0\r\n")
        #expect(processor.ask("SLUICE.RENEW", lease) == ":0\r\n")
        #expect(processor.ask("SLUICE.RENEW", "x").hasPrefix("-ERR 'x' is not a lease"))
        #expect(
            processor.ask("SLUICE.ACQUIRE", "chat", "user", "1").hasPrefix("-ERR policy 'chat' has no concurrency rule")
        )
    }

    @Test("says what is wrong, and what was probably meant")
    func errors() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        #expect(
            processor.ask("sluice.check", "chta", "1", "user", "1")
                == "-ERR unknown policy 'chta' (did you mean 'chat'?)\r\n")
        #expect(processor.ask("sluice.check", "nothing alike", "1") == "-ERR unknown policy 'nothing alike'\r\n")
        #expect(processor.ask("sluice.check", "a\r\nb", "1") == "-ERR unknown policy 'a  b'\r\n")
        #expect(processor.ask("sluice.acquire", "bussy") == "-ERR unknown policy 'bussy' (did you mean 'busy'?)\r\n")
        for cost in ["x", "-1", "1.5", "9223372036854775808"] {
            #expect(
                processor.ask("sluice.check", "chat", cost, "user", "1")
                    == "-ERR cost '\(cost)' is not an integer from 0 to 9223372036854775807\r\n")
        }
        #expect(processor.ask("sluice.check") == "-ERR wrong number of arguments for 'sluice.check' command\r\n")
        #expect(
            processor.ask("sluice.acquire", "busy", "user")
                == "-ERR wrong number of arguments for 'sluice.acquire' command\r\n")
        #expect(processor.ask("sluice.check", "strict", "1", "chat", "1").hasPrefix("-ERR "))
        #expect(processor.ask("sluice.check", "strict", "1", "user", "1").hasPrefix("*6\r\n:1\r\n"))
    }

    @Test("accepts 16 entries and values of 1 KiB, and charges nothing for more")
    func bounds() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        func words(_ entries: Int) -> [String] {
            ["sluice.check", "chat", "1"] + (0..<entries).flatMap { [$0 == 0 ? "user" : "k\($0)", "v"] }
        }
        for entries in [17, 18, 19, 100] {
            let reply = processor.raw(RESPBytes.request(words(entries)))
            #expect(reply == "-ERR the descriptor has \(entries) entries; at most 16 are accepted\r\n")
        }
        let long = String(repeating: "x", count: 1_025)
        #expect(processor.ask("sluice.check", "chat", "1", "user", long).hasPrefix("-ERR "))
        #expect(processor.ask("sluice.check", "chat", "1", "user", "v", long, "v").hasPrefix("-ERR "))
        #expect(processor.limiter.store.count == 0)
        #expect(processor.raw(RESPBytes.request(words(16))).hasPrefix("*6\r\n:1\r\n:2\r\n:1\r\n"))
        #expect(processor.ask("sluice.check", "chat", "1", "user", String(long.dropLast())).hasPrefix("*6\r\n:1\r\n"))
    }

    @Test("obeys policies that are reloaded, and forgets those that are gone")
    func reload() throws {
        var processor = try ProcessorUnderTest(Self.policies)
        _ = processor.ask("sluice.check", "chat", "1", "user", "1")
        try processor.limiter.replacePolicies(with: [
            Policy("chat") { Rule("flood", by: .user, .tokenBucket(10, per: .seconds(10))) }
        ])
        #expect(
            processor.ask("sluice.peek", "chat", "1", "user", "2")
                == "*6\r\n:1\r\n:10\r\n:10\r\n:0\r\n:0\r\n$5\r\nflood\r\n")
        try processor.limiter.replacePolicies(with: [])
        #expect(processor.ask("sluice.peek", "chat", "1", "user", "2") == "-ERR unknown policy 'chat'\r\n")
    }
}
