import Sluice
import SluicePolicies
import SluiceTesting
import Testing

@Suite("An import of a Twitch bot's limits")
struct TwitchImportTests {
    private static let block = """
        rate_limiting:
          # User cooldowns
          user_cooldown: 10                    # 10s entre messages (config actuelle)
          max_requests_per_user_hour: 20
          max_concurrent_users: 7

          cleanup_interval: 600
          max_idle_time: 3600
          llm_retry_delay: 5
          llm_backoff_multiplier: 2
          llm_backoff_max: 300

          # External APIs
          wikipedia_rate_limit: 1.0            # 1 req/sec (actuel)
          igdb_rate_limit: 4.0
        """
    private static let config = """
        bot:
          name: "kappa"
          <<: *defaults
          token: !env TWITCH_TOKEN
        \(block)
        # The rest is none of its business.
        commands: {ask: [, , ]
        """

    @Test("decides by its numbers, alone or in a larger file", arguments: [block, config])
    func decides(_ yaml: String) throws {
        let imported = try ImportedLimiter(yaml)
        #expect(imported.policies.map(\.name) == ["viewer", "wikipedia", "igdb"])
        for number in 1...20 {
            #expect(try imported.passes("viewer", [.user: "kappa"], of: 3) == 1, "\(number)")
            imported.time.advance(by: .seconds(10))
        }
        #expect(try imported.passes("viewer", [.user: "kappa"], of: 3) == 0)
        #expect(try imported.passes("viewer", [.user: "other"], of: 3) == 1)
        imported.time.advance(by: .hours(1) - .seconds(200) + .milliseconds(1))
        #expect(try imported.passes("viewer", [.user: "kappa"], of: 3) == 1)
        let leases = try (0..<9).count { try imported.limiter.acquire("viewer", [.user: "v\($0)"]).lease != nil }
        #expect(leases == 7)
        #expect(try imported.passes("wikipedia", [:], of: 9) == 1)
        #expect(try imported.passes("igdb", [:], of: 9) == 4)
        imported.time.advance(by: .milliseconds(1_001))
        #expect(try imported.passes("igdb", [:], of: 9) == 4)
    }

    @Test("has the limits of the example that ships")
    func example() throws {
        let example = try PolicyFile(contentsOf: Checkout.path("Examples/policies/twitch-bot.yaml")).policies[0]
        #expect(try ImportedLimiter(Self.block).policies[0].rules == example.rules)
    }

    @Test("tells in comments what is no limit")
    func remarks() throws {
        let text = try PolicyImport(Self.config, name: "config.yaml").text
        for key in [
            "cleanup_interval", "max_idle_time", "llm_retry_delay", "llm_backoff_multiplier", "llm_backoff_max",
        ] {
            #expect(text.contains("# \(key) has no equal: "))
        }
    }

    @Test(
        "takes rates and spans with decimals exactly",
        arguments: [
            ("a_rate_limit: 0.5", .slidingLog(1, per: .seconds(2))),
            ("a_rate_limit: 2.50", .slidingLog(5, per: .seconds(2))),
            ("a_rate_limit: 3", .slidingLog(3, per: .seconds(1))),
            ("user_cooldown: 1.5", .cooldown(.milliseconds(1_500))),
        ] as [(String, Limit)])
    func decimals(_ line: String, _ limit: Limit) throws {
        let imported = try ImportedLimiter("settings:\n  rate_limiting:\n    \(line)\n  other: 1\n")
        #expect(imported.policies[0].rules[0].limit == limit)
    }

    @Test(
        "says where the block is wrong",
        arguments: [
            ("¦user_cooldwn: 10", "unknown key 'user_cooldwn' in 'rate_limiting' (did you mean 'user_cooldown'?)"),
            ("user_cooldown: ¦10s", "'user_cooldown' is a number such as 10 or 0.5, not '10s'"),
            ("max_concurrent_users: ¦7.5", "expected a whole number, found '7.5'"),
            ("¦igdb_rate_limit: 0", "'igdb_rate_limit' must be more than 0"),
        ])
    func wrong(_ line: String, _ message: String) {
        let text = MarkedText("bot: {\nrate_limiting:\n  \(line)\n")
        let error = #expect(throws: PolicyFileError.self) { try PolicyImport(text.yaml, name: "c.yaml", as: .twitch) }
        #expect(error?.diagnostics.map(\.fullMessage) == [message])
        #expect(error?.diagnostics.map(\.position) == text.positions)
    }

    @Test("needs a block, and a limit in it")
    func nothing() {
        for (yaml, message) in [
            ("bot: 1", "the file has no 'rate_limiting:'"),
            ("rate_limiting:\n  cleanup_interval: 5", "there is no limit in it that could be imported"),
            ("rate_limiting: 5", "expected a map of keys for 'rate_limiting', found '5'"),
        ] {
            let error = #expect(throws: PolicyFileError.self) { try PolicyImport(yaml, name: "c.yaml", as: .twitch) }
            #expect(error?.diagnostics.map(\.message) == [message])
        }
    }
}
