import Foundation
import Testing

@testable import SluicePolicies

@Suite("Any bytes at all for an import")
struct ImportFuzzTests {
    private static let seed = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    private static let rounds = ProcessInfo.processInfo.environment["SLUICE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 400

    private static let texts: [PolicyImport.Form: String] = [
        .nginx: """
        # A site.
        events {}
        http {
            map $http_x_key $caller { default $binary_remote_addr; "~^test-" ""; }
            limit_req_zone $caller zone=each:10m rate=10r/s;
            limit_req_zone $binary_remote_addr$uri zone=login:1m rate=30r/m;
            limit_conn_zone $server_name zone=conn:1m;
            limit_req_status 429;
            server {
                server_name a.example *.b.example ~^c\\d+;
                location = /login { limit_req "zone=login" burst=5 nodelay; }
                location ~* \\.(png|jpg)$ { limit_conn conn 3; }
                location / { limit_req zone=each burst=20 delay=8; content_by_lua_block { x = "}" } }
            }
        }
        """,
        .envoy: """
        domain: mongo_cps
        descriptors:
          - key: database
            value: users
            shadow_mode: true
            rate_limit: {unit: second, requests_per_unit: 500, name: a, replaces: [{name: b}]}
            descriptors:
              - {key: path, value: "/a*/b", rate_limit: {unlimited: true}}
          - {key: database, value: "x*", share_threshold: true, rate_limit: {unit: month, name: b}}
          - {key: database, quota_mode: true, detailed_metric: true, rate_limit: {unit: day, requests_per_unit: 5}}
        """,
        .twitch: """
        bot: {name: x}
        rate_limiting:
          user_cooldown: 10
          max_requests_per_user_hour: 20
          max_concurrent_users: 7
          cleanup_interval: 600
          llm_retry_delay: 5
          llm_backoff_multiplier: 2
          wikipedia_rate_limit: 1.0
          igdb_rate_limit: 4.0
        """,
    ]

    @Test("is a policy file or an error that tells where", arguments: PolicyImport.Form.allCases)
    func mutated(_ form: PolicyImport.Form) throws {
        let original = Array(try #require(Self.texts[form]).utf8)
        #expect(throws: Never.self) { try PolicyImport(String(decoding: original, as: UTF8.self), name: "f", as: form) }
        var mutator = ByteMutator(seed: Self.seed &+ UInt64(original.count))
        for round in 0..<Self.rounds {
            let text = String(decoding: mutator.mutated(original), as: UTF8.self)
            do {
                _ = try PolicyImport(text, name: "f", as: form)
            } catch {
                check(error, of: text, "seed \(Self.seed), round \(round)")
            }
        }
    }

    @Test("is a configuration of Envoy's service or an error that tells where")
    func envoy() throws {
        let original = Array(try #require(Self.texts[.envoy]).utf8)
        var mutator = ByteMutator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let text = String(decoding: mutator.mutated(original), as: UTF8.self)
            do {
                let domains = try EnvoySources([SourceText(name: "f", text: text)]).domains()
                let configuration = EnvoyConfiguration(domains)
                for domain in configuration.domains {
                    _ = configuration.match(domain: domain, [("database", "users"), ("path", "/a/b")])
                }
            } catch {
                check(error, of: text, "seed \(Self.seed), round \(round)")
            }
        }
    }

    private func check(_ error: PolicyFileError, of text: String, _ round: String) {
        let lines = text.unicodeScalars.filter { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }.count + 1
        #expect(!error.diagnostics.isEmpty, "\(round)")
        for diagnostic in error.diagnostics {
            #expect(!diagnostic.message.isEmpty, "\(round)")
            guard let line = diagnostic.line else { continue }
            #expect((1...lines).contains(line), "\(round): \(diagnostic)\n\(text)")
        }
    }
}
