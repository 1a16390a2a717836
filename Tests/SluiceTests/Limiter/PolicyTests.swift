import Sluice
import Testing

/// What the traces cannot say in one glance: the cases that a reader of DESIGN.md would ask about.
@Suite("Policies")
struct PolicyTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    private func denial(_ decision: Decision) throws -> Denial {
        guard case .denied(let denial) = decision else {
            throw SluiceError(.unsupported, "expected a denial, got \(decision)")
        }
        return denial
    }

    @Test("A denied decision charges no rule")
    func allOrNothing() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule("wide", by: .user, .fixedWindow(10, per: .hours(1)))
                Rule("narrow", by: .chat, .fixedWindow(1, per: .hours(1)))
                Rule("shadow", by: .user, .fixedWindow(10, per: .hours(1)), mode: .shadow)
            }
        }
        let descriptor: Descriptor = [.user: "1", .chat: "a"]
        #expect(try limiter.decide("p", descriptor, at: now).isAllowed)
        for _ in 0..<5 { #expect(try limiter.decide("p", descriptor, at: now).rule! == "narrow") }
        let rules = try limiter.explain("p", descriptor, charging: false, at: now).rules
        #expect(rules.map(\.decision.remaining) == [9, 0, 9])
    }

    @Test("Of several denials the longest is told, and never is longer than any")
    func longestRetry() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule("second", .cooldown(.seconds(1)))
                Rule("hour", .cooldown(.hours(1)))
                Rule("minute", .tokenBucket(3, per: .minutes(1)))
            }
        }
        #expect(try limiter.decide("p", [:], at: now).isAllowed)
        let limited = try denial(limiter.decide("p", [:], at: now))
        #expect(limited.rule! == "hour" && limited.retryAfter == .hours(1))
        let impossible = try denial(limiter.decide("p", [:], cost: 4, at: now))
        #expect(impossible.rule! == "minute" && impossible.reason == .impossible && impossible.retryAfter == nil)
    }

    @Test("A shadow rule tells its denial, and the request passes")
    func shadow() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule("real", .fixedWindow(5, per: .hours(1)))
                Rule("trial", .fixedWindow(1, per: .hours(1)), mode: .shadow)
            }
        }
        #expect(try limiter.decide("p", [:], at: now).shadowDeniedBy == nil)
        let second = try limiter.decide("p", [:], at: now)
        #expect(second.isAllowed && second.shadowDeniedBy! == "trial" && second.rule! == "real")
        #expect(second.remaining == 3)
    }

    @Test("Looking with cost 0 passes and charges nothing", arguments: Limit.Algorithm.allCases)
    func lookOnly(algorithm: Limit.Algorithm) throws {
        let limit: Limit =
            switch algorithm {
            case .tokenBucket: .tokenBucket(1, per: .hours(1))
            case .slidingLog: .slidingLog(1, per: .hours(1))
            case .slidingWindow: .slidingWindow(1, per: .hours(1))
            case .fixedWindow: .fixedWindow(1, per: .hours(1))
            case .quota: .quota(1, per: .day)
            case .cooldown: .cooldown(.hours(1))
            case .debounce: .debounce(.hours(1), extend: true)
            case .concurrency: .concurrency(1)
            case .unlimited: .unlimited
            }
        let limiter = try Limiter([Policy("p", rules: [Rule("r", limit)])])
        for _ in 0..<3 { #expect(try limiter.decide("p", [:], cost: 0, at: now).isAllowed) }
        #expect(try limiter.decide("p", [:], at: now).isAllowed)
        let look = try limiter.decide("p", [:], cost: 0, at: now)
        #expect(look.isAllowed)
        let counts = algorithm != .concurrency && algorithm != .unlimited
        #expect((look.remaining == 0) == counts)
    }

    @Test("The deny list is looked at before the allow list, and neither counts")
    func lists() throws {
        let limiter = try Limiter([
            Policy(
                "p", rules: [Rule("r", by: .ip, .fixedWindow(1, per: .hours(1)))],
                allow: [[.ip: "10.0.0.0/8"], [.ip: "2001:db8::/32"]], deny: [[.ip: "10.6.6.*"]])
        ])
        for _ in 0..<3 {
            #expect(try limiter.decide("p", [.ip: "10.1.2.3"], at: now).rule == nil)
            #expect(try limiter.decide("p", [.ip: "2001:db8:0:1::7"], at: now).isAllowed)
            let listed = try denial(limiter.decide("p", [.ip: "10.6.6.6"], at: now))
            #expect(listed.reason == .listed && listed.rule == nil && listed.retryAfter == nil)
        }
        #expect(limiter.store.count == 0)
        #expect(try limiter.decide("p", [.ip: "11.0.0.1"], at: now).rule! == "r")
    }

    @Test("A missing key switches its rule off, or is an error in a strict policy")
    func missingKeys() throws {
        let rules = [Rule("pair", by: .user, .text, .fixedWindow(1, per: .hours(1)))]
        let limiter = try Limiter([Policy("lax", rules: rules), Policy("strict", rules: rules, isStrict: true)])
        for _ in 0..<3 { #expect(try limiter.decide("lax", [.user: "1"], at: now).rule == nil) }
        let error = #expect(throws: SluiceError.self) { try limiter.decide("strict", [.user: "1"], at: now) }
        #expect(error?.code == .missingKey && error?.message.contains("'text'") == true)
    }

    @Test("A rule replaces others where it applies, and the first override that matches counts")
    func replacesAndOverrides() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule(
                    "flood", by: .user, .fixedWindow(1, per: .hours(1)),
                    overrides: [
                        Rule.Override([.user: "bot-*"], .fixedWindow(3, per: .hours(1))),
                        Rule.Override([.user: "bot-7"], .fixedWindow(9, per: .hours(1))),
                    ])
                Rule("vip", by: .user, .fixedWindow(50, per: .hours(1)), when: [.user: "vip-*"], replaces: ["flood"])
            }
        }
        #expect(try limiter.decide("p", [.user: "x"], at: now).limit == 1)
        #expect(try limiter.decide("p", [.user: "bot-7"], at: now).limit == 3)
        let vip = try limiter.decide("p", [.user: "vip-1"], at: now)
        #expect(vip.limit == 50 && vip.rule! == "vip")
        #expect(try limiter.decide("p", [.user: "vip-1"], at: now).isAllowed)
    }

    @Test("Values that differ only in where one ends and the next begins are not the same caller")
    func separateValues() throws {
        let limiter = try Limiter {
            Policy("p") { Rule("r", by: .user, .text, .fixedWindow(1, per: .hours(1))) }
            Policy("q") { Rule("r", by: .user, .text, .fixedWindow(1, per: .hours(1))) }
        }
        let descriptors: [Descriptor] = [
            [.user: "a", .text: "bc"], [.user: "ab", .text: "c"], [.user: "abc", .text: ""], [.user: "", .text: "abc"],
            [.user: "a\u{0}b", .text: "c"], [.user: "a", .text: "b\u{0}c"],
        ]
        for descriptor in descriptors {
            #expect(try limiter.decide("p", descriptor, at: now).isAllowed, "\(descriptor)")
            #expect(try limiter.decide("q", descriptor, at: now).isAllowed, "\(descriptor)")
        }
        #expect(limiter.store.count == 2 * descriptors.count)
    }

    @Test("Too much, too long and unknown are errors, and charge nothing")
    func faults() throws {
        let limiter = try Limiter([Policy("chat", rules: [Rule("r", by: .user, .fixedWindow(1, per: .hours(1)))])])
        let long = String(repeating: "x", count: Descriptor.maximumBytes + 1)
        let many = Descriptor((0...Descriptor.maximumEntries).map { (DescriptorKey("k\($0)"), "v") })
        func code(_ body: () throws -> Decision) -> SluiceError.Code? {
            do {
                _ = try body()
                return nil
            } catch {
                return (error as? SluiceError)?.code
            }
        }
        #expect(code { try limiter.decide("chta", [.user: "1"], at: now) } == .unknownPolicy)
        #expect(code { try limiter.decide("chat", [.user: long], at: now) } == .invalidDescriptor)
        #expect(code { try limiter.decide("chat", many, at: now) } == .invalidDescriptor)
        #expect(code { try limiter.decide("chat", [.user: "1"], cost: -1, at: now) } == .invalidCost)
        #expect(limiter.store.count == 0)
    }

    @Test("A reset forgets rules and penalties of the descriptor, and nobody else's")
    func reset() throws {
        let limiter = try Limiter {
            Policy("p") {
                Rule("r", by: .user, .slidingLog(1, per: .hours(1)), penalty: .ban(.days(1)))
                Rule("s", by: .user, .tokenBucket(9, per: .hours(1)), when: [.text: "hi"])
            }
        }
        for user in ["1", "2"] {
            #expect(try limiter.decide("p", [.user: user, .text: "hi"], at: now).isAllowed)
            #expect(try denial(limiter.decide("p", [.user: user, .text: "hi"], at: now)).reason == .banned)
        }
        try limiter.reset("p", [.user: "1"])
        #expect(try limiter.decide("p", [.user: "1"], at: now).remaining == 0)
        #expect(
            try limiter.explain("p", [.user: "1", .text: "hi"], charging: false, at: now).rules[1].decision.remaining
                == 9)
        #expect(try denial(limiter.decide("p", [.user: "2"], at: now)).reason == .banned)
    }
}
