import Sluice
import SluicePolicies
import Testing

@Suite("A policy file")
struct PolicyFileReadingTests {
    @Test(
        "says every limit",
        arguments: [
            ("limit: 5 per 10s", .tokenBucket(5, per: .seconds(10))),
            ("limit: 5 per second", .tokenBucket(5, per: .seconds(1))),
            ("limit: 5/10s", .tokenBucket(5, per: .seconds(10))),
            ("limit: 5 / 1 minute", .tokenBucket(5, per: .minutes(1))),
            ("limit: 5 PER 10 seconds", .tokenBucket(5, per: .seconds(10))),
            ("limit: 1000 per day", .tokenBucket(1_000, per: .hours(24))),
            ("limit: 5 per week", .tokenBucket(5, per: .days(7))),
            ("limit: 5 per 10s, burst: 50", .tokenBucket(5, per: .seconds(10), burst: 50)),
            ("limit: 5 per 10s, algorithm: token-bucket", .tokenBucket(5, per: .seconds(10))),
            ("limit: 20 per 1h, algorithm: sliding-log", .slidingLog(20, per: .hours(1))),
            ("limit: 20 per 1h, algorithm: sliding-window", .slidingWindow(20, per: .hours(1))),
            ("limit: 20 per day, algorithm: fixed-window", .fixedWindow(20, per: .days(1))),
            ("limit: 1000 per day, algorithm: quota", .quota(1_000, per: .day)),
            (
                "limit: 9 per month, algorithm: quota, timezone: Europe/Berlin",
                .quota(9, per: .month, in: "Europe/Berlin")
            ),
            ("debounce: 2s", .debounce(.seconds(2))),
            ("debounce: 2s, extend: true", .debounce(.seconds(2), extend: true)),
            ("cooldown: 1h30m", .cooldown(.minutes(90))),
            ("concurrency: 7", .concurrency(7)),
            ("concurrency: 7, lease: 5m", .concurrency(7, lease: .minutes(5))),
            ("unlimited: true", .unlimited),
        ] as [(String, Limit)])
    func limits(_ keys: String, _ limit: Limit) throws {
        #expect(try rule("by: user, \(keys)") == Rule("r", by: .user, limit))
    }

    @Test("says what a rule counts by, as a list or as one word")
    func keys() throws {
        #expect(try rule("by: [], cooldown: 1s").keys == [])
        #expect(try rule("by: ip, cooldown: 1s").keys == [.ip])
        #expect(try rule("by: [user, x-tenant], cooldown: 1s").keys == [.user, "x-tenant"])
    }

    @Test("takes what stands in a condition as text")
    func conditions() throws {
        let written = #"when: {user: 042, flag: true, none: null, path: ["/a*", '/b'], command: "*", ip: 10.0.0.0/8}"#
        let expected = Condition([
            .init(.user, ["042"]), .init("flag", ["true"]), .init("none", ["null"]), .init(.path, ["/a*", "/b"]),
            .init(.command, ["*"]), .init(.ip, ["10.0.0.0/8"]),
        ])
        #expect(try rule("by: [], cooldown: 1s, \(written)").condition == expected)
    }

    @Test("lists overrides, which keep what they leave unsaid")
    func overrides() throws {
        let long = """
            by: user, limit: 5 per day, algorithm: quota, timezone: Asia/Tokyo, overrides: [
              {when: {user: "vip-*"}, limit: 50 per month}, {when: {ip: 10.0.0.0/8}, limit: 9 per 1m,
              algorithm: token-bucket, burst: 3}, {when: {user: bot}, unlimited: true}]
            """
        #expect(
            try rule(long).overrides == [
                .init([.user: "vip-*"], .quota(50, per: .month, in: "Asia/Tokyo")),
                .init([.ip: "10.0.0.0/8"], .tokenBucket(9, per: .minutes(1), burst: 3)),
                .init([.user: "bot"], .unlimited),
            ])
        let logged = "by: user, limit: 5 per 1h, algorithm: sliding-log, overrides: [{when: {a: b}, limit: 9 per 1h}]"
        #expect(try rule(logged).overrides == [.init(["a": "b"], .slidingLog(9, per: .hours(1)))])
    }

    @Test(
        "has a short form of overrides for a rule that counts by one key",
        arguments: [
            ("limit: 5 per 10s, overrides: {\"42\": 100 per 1m}", .tokenBucket(100, per: .minutes(1))),
            ("limit: 5 per 10s, overrides: {42: unlimited}", .unlimited),
            ("limit: 5 per 1h, algorithm: sliding-log, overrides: {42: 7/1h}", .slidingLog(7, per: .hours(1))),
            ("cooldown: 10s, overrides: {42: 5s}", .cooldown(.seconds(5))),
            ("debounce: 10s, extend: true, overrides: {42: 5s}", .debounce(.seconds(5), extend: true)),
            ("concurrency: 7, lease: 2m, overrides: {42: 9}", .concurrency(9, lease: .minutes(2))),
        ] as [(String, Limit)])
    func shortOverrides(_ keys: String, _ limit: Limit) throws {
        #expect(try rule("by: user, \(keys)").overrides == [.init([.user: "42"], limit)])
    }

    @Test(
        "says penalties",
        arguments: [
            ("{ban: 15m}", .ban(.minutes(15))),
            (
                "{ban: 15m, after: 3, within: 1h, max: 24h}",
                .ban(.minutes(15), after: 3, within: .hours(1), maximum: .hours(24))
            ),
            ("{shrink: true}", .shrink()), ("{hold: true}", .onHold),
            (
                "{shrink: true, after: 3, within: 1h, recover: 2h}",
                .shrink(after: 3, within: .hours(1), recovery: .hours(2))
            ),
        ] as [(String, Penalty)])
    func penalties(_ written: String, _ penalty: Penalty) throws {
        #expect(try rule("by: user, limit: 5 per 10s, penalty: \(written)").penalty == penalty)
    }

    @Test("says what instances borrow")
    func borrowing() throws {
        #expect(try rule("by: user, limit: 9 per 1s").borrow == nil)
        #expect(try rule("by: user, limit: 9 per 1s, borrow: auto").borrow == .auto)
        #expect(try rule("by: user, limit: 9 per 1s, algorithm: fixed-window, borrow: 9").borrow == .units(9))
        #expect(try rule("by: user, limit: 9 per day, algorithm: quota, mode: shadow, borrow: 3").borrow == .units(3))
        let freed = "by: user, limit: 9 per 1s, borrow: auto, overrides: {vip: unlimited, bot: 5 per 1s}"
        #expect(try rule(freed).borrow == .auto)
    }

    @Test("says everything else of a policy and its rules")
    func everythingElse() throws {
        let file = try PolicyFile(
            yaml: """
                policies:
                  one:
                    mode: shadow
                    strict: true
                    on-store-failure: deny
                    partition: user
                    allow: [{user: "admin-*"}, {ip: [10.0.0.0/8, "::1"]}]
                    deny:
                      - {user: mallory, path: /admin}
                    rules:
                      - {name: a, by: user, cooldown: 1s, cost: 3, on-store-failure: allow}
                      - {name: b, by: user, limit: 9 per 1s, replaces: a, mode: enforce}
                      - {name: c, by: user, limit: 9 per 1s, replaces: [a, b]}
                """)
        let rules = [
            Rule("a", by: [.user], .cooldown(.seconds(1)), mode: .shadow, cost: 3, onStoreFailure: .allow),
            Rule("b", by: .user, .tokenBucket(9, per: .seconds(1)), replaces: ["a"], mode: .enforce),
            Rule("c", by: .user, .tokenBucket(9, per: .seconds(1)), replaces: ["a", "b"], mode: .shadow),
        ]
        let policy = Policy(
            "one", rules: rules,
            allow: [[.user: "admin-*"], Condition([.init(.ip, ["10.0.0.0/8", "::1"])])],
            deny: [[.user: "mallory", .path: "/admin"]], isStrict: true, onStoreFailure: .deny, partition: .user)
        #expect(file.policies == [policy])
    }

    @Test("may be JSON, have a byte order mark, end its lines as Windows does, or share parts by aliases")
    func otherForms() throws {
        let expected = [Policy("p", rules: [Rule("r", by: .user, .cooldown(.seconds(1)))])]
        let texts = [
            #"{"policies": {"p": {"rules": [{"name": "r", "by": ["user"], "cooldown": "1s"}]}}}"#,
            "\u{feff}policies: {p: {rules: [{name: r, by: user, cooldown: 1s}]}}",
            "policies:\r\n  p:\r\n    rules:\r\n      - name: r\r\n        by: user\r\n        cooldown: 1s\r\n",
            "policies: {p: {rules: [{name: &r r, by: &u [user], cooldown: 1s}]}}",
            "---\npolicies: {p: {rules: [{name: r, by: user, cooldown: !!str 1s}]}}\n...\n",
        ]
        for text in texts { #expect(try PolicyFile(yaml: text).policies == expected) }
        let shared = """
            policies:
              p: {rules: &rules [{name: r, by: user, cooldown: 1s}]}
              q: {rules: *rules}
            """
        #expect(try PolicyFile(yaml: shared).policies.map(\.rules) == [expected[0].rules, expected[0].rules])
    }

    @Test("makes a limiter in one step")
    func limiter() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Array("policies: {p: {rules: [{name: r, by: user, cooldown: 1s}]}}".utf8))
        let limiter = try Limiter(contentsOf: path)
        #expect(try limiter.decide("p", [.user: "42"]).isAllowed)
        #expect(try !limiter.decide("p", [.user: "42"]).isAllowed)
        #expect(throws: PolicyFileError.self) { try Limiter(contentsOf: path + ".absent") }
    }

    private func rule(_ keys: String) throws -> Rule {
        let file = try PolicyFile(yaml: "policies: {p: {rules: [{name: r, \(keys)}]}}")
        return try #require(file.policies.first?.rules.first)
    }
}
