import Sluice
import SluicePolicies
import SluiceTesting
import Testing

/// A configuration of one file.
func envoy(_ yaml: String) throws -> EnvoyConfiguration { try EnvoyConfiguration([("ratelimit.yaml", yaml)]) }

@Suite("A configuration of envoyproxy/ratelimit")
struct EnvoyConfigurationTests {
    private static let messaging = """
        domain: messaging
        descriptors:
          # Only 5 marketing messages a day to each number.
          - key: message_type
            value: marketing
            descriptors:
              - key: to_number
                rate_limit: {unit: day, requests_per_unit: 5}
              - key: to_number
                value: "555*"
                rate_limit: {unit: DAY, requests_per_unit: 1}
                shadow_mode: true
          - key: to_number
            rate_limit:
              unit: day
              requests_per_unit: 100
              name: numbers
          - key: ldap
            detailed_metric: true
            value_to_metric: yes
            metadata: {service: {name: a, list: [1, 2]}}
            quota_mode: true
            rate_limit: {unlimited: true, replaces: [{name: numbers}]}
        """

    @Test("is a policy of one rule for each limit that is one")
    func policies() throws {
        let configuration = try envoy(Self.messaging)
        #expect(configuration.domains == ["messaging"])
        #expect(
            configuration.limits.map(\.policyName) == [
                "messaging/message_type=marketing/to_number", "messaging/message_type=marketing/to_number=555*",
                "messaging/to_number", "messaging/ldap",
            ])
        #expect(configuration.limits.map(\.policyIndex) == [0, 1, 2, nil])
        #expect(configuration.limits.map(\.isUnlimited) == [false, false, false, true])
        #expect(configuration.limits.map(\.isShadow) == [false, true, false, false])
        #expect(configuration.limits.map(\.isQuota) == [false, false, false, true])
        #expect(configuration.limits.map(\.name) == [nil, nil, "numbers", nil])
        #expect(configuration.limits.map(\.replaces) == [[], [], [], ["numbers"]])
        #expect(
            configuration.policies == [
                Policy(
                    "messaging/message_type=marketing/to_number",
                    rules: [
                        Rule("message_type=marketing/to_number", by: "to_number", .fixedWindow(5, per: .days(1)))
                    ]),
                Policy(
                    "messaging/message_type=marketing/to_number=555*",
                    rules: [
                        Rule(
                            "message_type=marketing/to_number=555*", by: "to_number", .fixedWindow(1, per: .days(1)),
                            mode: .shadow)
                    ]),
                Policy(
                    "messaging/to_number",
                    rules: [Rule("to_number", by: "to_number", .fixedWindow(100, per: .days(1)))]),
            ])
        try Limiter.validate(configuration.policies)
    }

    @Test("counts by what varies")
    func counted() throws {
        let configuration = try envoy(
            """
            domain: d
            descriptors:
              - key: user
                descriptors:
                  - key: path
                    value: /a*
                    descriptors:
                      - key: user
                        rate_limit: {unit: second, requests_per_unit: 1}
                  - key: path
                    value: /b*
                    share_threshold: true
                    rate_limit: {unit: second, requests_per_unit: 1}
                  - key: path
                    value: /c
                    rate_limit: {unit: second, requests_per_unit: 1}
            """)
        #expect(configuration.limits.map(\.keys) == [["user", "path", "user#2"], ["user"], ["user"]])
        let first = configuration.match(domain: "d", [("user", "1"), ("path", "/a/b"), ("user", "2")])
        #expect(first == .limit(configuration.limits[0], counted: ["1", "/a/b", "2"]))
        let second = configuration.match(domain: "d", [("user", "1"), ("path", "/b/b")])
        #expect(second == .limit(configuration.limits[1], counted: ["1"]))
        let third = configuration.match(domain: "d", [("user", "1"), ("path", "/c")])
        #expect(third == .limit(configuration.limits[2], counted: ["1"]))
    }

    @Test("knows spans from a second to a year of 365 days", arguments: EnvoyUnit.allCases)
    func units(_ unit: EnvoyUnit) throws {
        let word = unit == .day ? "Day" : unit.rawValue.uppercased()
        let yaml = "domain: d\ndescriptors: [{key: k, rate_limit: {unit: \(word), requests_per_unit: 7}}]"
        let configuration = try envoy(yaml)
        let seconds: [EnvoyUnit: Int64] = [
            .second: 1, .minute: 60, .hour: 3_600, .day: 86_400, .week: 604_800, .month: 2_592_000, .year: 31_536_000,
        ]
        #expect(configuration.limits[0].unit == unit)
        #expect(configuration.limits[0].requestsPerUnit == 7)
        #expect(configuration.policies[0].rules[0].limit == .fixedWindow(7, per: .seconds(try #require(seconds[unit]))))
        #expect(unit.limit(.max) == .fixedWindow(4_294_967_295, per: .seconds(try #require(seconds[unit]))))
        #expect(unit.limit(0) == nil)
        try Limiter.validate(configuration.policies)
    }

    @Test("lets nothing pass where 0 may, or where no number stands", arguments: ["requests_per_unit: 0, ", ""])
    func closed(_ requests: String) throws {
        let configuration = try envoy(
            """
            domain: d
            descriptors:
              - {key: ip, value: 50.0.0.5, rate_limit: {\(requests)unit: second}}
              - {key: ip, value: 50.0.0.6, rate_limit: {\(requests)unit: second}, shadow_mode: true}
            """)
        #expect(configuration.limits.map(\.isClosed) == [true, true])
        #expect(configuration.limits.map(\.requestsPerUnit) == [0, 0])
        let time = ManualTime()
        let limiter = try Limiter(
            configuration.policies, store: MemoryStore(capacity: 64), time: .provided(by: time))
        for _ in 0..<3 {
            let denied = try limiter.decide("d/ip=50.0.0.5", [:])
            #expect(!denied.isAllowed && denied.retryAfter == nil)
            let shadow = try limiter.decide("d/ip=50.0.0.6", [:])
            #expect(shadow.isAllowed && shadow.shadowDeniedBy != nil)
            #expect(try limiter.decide("d/ip=50.0.0.5", [:], cost: 0).isAllowed)
            time.advance(by: .seconds(1))
        }
    }

    @Test("keeps what was used when its numbers change")
    func keepsUsed() throws {
        func yaml(_ count: Int) -> String {
            "domain: d\ndescriptors: [{key: k, rate_limit: {unit: hour, requests_per_unit: \(count)}}]"
        }
        let limiter = try Limiter(
            envoy(yaml(3)).policies, store: MemoryStore(capacity: 64), time: .provided(by: ManualTime()))
        for _ in 0..<3 { #expect(try limiter.decide("d/k", ["k": "1"]).isAllowed) }
        try limiter.replacePolicies(with: envoy(yaml(5)).policies)
        #expect(try limiter.decide("d/k", ["k": "1"]).remaining == 1)
    }

    @Test("gives two different paths two different names")
    func names() throws {
        let configuration = try envoy(
            """
            domain: a/b%
            descriptors:
              - key: k=1
                rate_limit: &limit {unit: second, requests_per_unit: 1}
              - {key: k, value: "1/m", rate_limit: *limit}
              - {key: k, value: "1", descriptors: [{key: m, rate_limit: *limit}]}
              - {key: k, value: "=\\u0007é", rate_limit: *limit}
              - {key: k%3D1, rate_limit: *limit}
            """)
        #expect(
            configuration.limits.map(\.policyName) == [
                "a%2Fb%25/k%3D1", "a%2Fb%25/k=1%2Fm", "a%2Fb%25/k=1/m", "a%2Fb%25/k==%07é", "a%2Fb%25/k%253D1",
            ])
    }

    @Test("gives a key that occurs twice a name that no other key has")
    func positionalNames() throws {
        let configuration = try envoy(
            """
            domain: d
            descriptors:
              - key: a
                descriptors:
                  - key: a#2
                    descriptors:
                      - key: a
                        descriptors:
                          - {key: a, rate_limit: {unit: second, requests_per_unit: 1}}
            """)
        #expect(configuration.limits[0].keys == ["a", "a#2", "a#3", "a#4"])
        try Limiter.validate(configuration.policies)
    }
}
