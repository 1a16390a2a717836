import Foundation
import Sluice
import SluicePolicies
import SluiceTesting
import Testing

@Suite("A rendered policy file")
struct PolicyFileRenderingTests {
    @Test("means the same as the policies it was made of, in YAML and in JSON", arguments: 0..<120 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        var policies = PolicyGenerator(seed: seed)
        let written = policies.policies()
        let yaml = PolicyFile.render(written)
        #expect(try PolicyFile(yaml: yaml).policies == written, "seed \(seed)\n\(yaml)")
        #expect(try PolicyFile.render(PolicyFile(yaml: yaml).policies) == yaml, "seed \(seed)")
        let json = PolicyFile.renderJSON(written)
        #expect(try PolicyFile(yaml: json).policies == written, "seed \(seed)\n\(json)")
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.utf8)) }
    }

    @Test("is canonical")
    func canonical() throws {
        let text = """
            policies:
              chat: {on-store-failure: deny, allow: [{user: admin-*}], mode: enforce, rules: [
                {name: flood, by: user, limit: 5/second, burst: 5, algorithm: token-bucket, mode: enforce,
                 borrow: 02},
                {name: "hourly", by: [user, chat], limit: 20 per 3600s, algorithm: sliding-log, cost: 2,
                 when: {path: ["/a*", '/b'], flag: true}, overrides: [{when: {user: 42}, limit: 90 per 60 minutes}]},
                {name: busy, by: [], concurrency: 7, replaces: flood, penalty: {ban: 60m, max: 24h}, mode: shadow}]}
            """
        let expected = """
            policies:
              chat:
                on-store-failure: deny
                allow:
                  - {user: "admin-*"}
                rules:
                  - name: flood
                    by: [user]
                    limit: 5 per 1s
                    borrow: 2
                  - name: hourly
                    by: [user, chat]
                    limit: 20 per 1h
                    algorithm: sliding-log
                    when: {path: ["/a*", /b], flag: "true"}
                    overrides:
                      - when: {user: "42"}
                        limit: 90 per 1h
                    cost: 2
                  - name: busy
                    by: []
                    concurrency: 7
                    lease: 30s
                    replaces: [flood]
                    mode: shadow
                    penalty: {ban: 1h, after: 1, max: 1d}

            """
        #expect(try PolicyFile.render(PolicyFile(yaml: text).policies) == expected)
    }
}
