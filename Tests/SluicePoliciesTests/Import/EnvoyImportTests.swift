import Sluice
import SluicePolicies
import SluiceTesting
import Testing

@Suite("An import of envoyproxy/ratelimit")
struct EnvoyImportTests {
    private static let edge = """
        domain: edge_proxy
        descriptors:
          # Each address, with a slower one, a blocked one and a free one.
          - key: remote_address
            rate_limit: {unit: second, requests_per_unit: 10}
          - key: remote_address
            value: 50.0.0.5
            rate_limit: {unit: second, requests_per_unit: 0}
          - key: remote_address
            value: 10.0.0.*
            rate_limit: {unlimited: true}
          - key: remote_address
            value: 192.0.2.1
          - key: path
            value: /api/*
            share_threshold: true
            descriptors:
              - key: user
                detailed_metric: true
                rate_limit: {unit: month, requests_per_unit: 100, name: user}
          - key: path
            value: /login
            quota_mode: true
            rate_limit: {unit: hour, requests_per_unit: 3}
          - key: plan
            value: paid
            shadow_mode: true
            metadata: {a: b}
            rate_limit: {unit: year, requests_per_unit: 5, replaces: [{name: user}, {name: nobody}]}
        """

    @Test("is a policy for each domain that decides as its limits do")
    func decides() throws {
        let imported = try ImportedLimiter(Self.edge)
        #expect(imported.policies.map(\.name) == ["edge_proxy"])
        func passes(_ descriptor: Descriptor) throws -> Int { try imported.passes("edge_proxy", descriptor, of: 200) }
        #expect(try passes(["remote_address": "1.2.3.4"]) == 10)
        #expect(try passes(["remote_address": "1.2.3.5"]) == 10)
        #expect(try passes(["remote_address": "50.0.0.5"]) == 0)
        #expect(try passes(["remote_address": "10.0.0.9"]) == 200)
        #expect(try passes(["remote_address": "192.0.2.1"]) == 200)
        #expect(try passes([.path: "/login"]) == 3)
        #expect(try passes([.path: "/other"]) == 200)
        // All paths of the wildcard share what a user has.
        #expect(try passes([.path: "/api/a", .user: "1"]) == 100)
        #expect(try passes([.path: "/api/b", .user: "1"]) == 0)
        #expect(try passes([.path: "/api/b", .user: "1", "plan": "paid"]) == 200)
        // Windows of a second, aligned to it.
        imported.time.advance(by: .seconds(1))
        #expect(try passes(["remote_address": "1.2.3.4"]) == 10)
    }

    @Test("tells in comments what has no equal")
    func remarks() throws {
        let text = try PolicyImport(Self.edge, name: "edge.yaml").text
        for remark in [
            "# Made by `sluice config import` of edge.yaml (envoy).", "# requests_per_unit is 0: nothing may pass.",
            "# A month has 30 days", "# A year has 365 days", "# quota_mode has no equal",
            "# detailed_metric has no equal",
            "# metadata has no equal", "which is the name of no limit in this domain",
            "# A rule in shadow mode replaces nothing; this one does it in its place.",
            "# Has no limit, and so lets pass what the rules that it replaces would count.",
        ] {
            #expect(text.contains(remark), "\(remark)")
        }
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 120 })
    }

    @Test("applies the limits of each path that the file would choose", arguments: 0..<80)
    func oracle(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var forest = EnvoyForest()
        let descriptors = forest.grow(depth: 2, &random)
        let yaml = "domain: d\ndescriptors:\(EnvoyForest.yaml(descriptors))"
        guard forest.count > 0 else { return }
        let imported = try ImportedLimiter(yaml)
        for _ in 0..<40 {
            let entries = ["a", "b"].compactMap { key -> (key: String, value: String)? in
                guard Int.random(in: 0..<4, using: &random) > 0 else { return nil }
                let letters = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Bool.random(using: &random) ? "x" : "y"
                }
                return (key, letters.joined())
            }
            // A proxy that sends each path of these keys.
            let paths = entries.count < 2 ? [entries] : [entries, entries.reversed(), [entries[0]], [entries[1]]]
            let expected = Set(paths.compactMap { EnvoyForest.search(descriptors, $0[...])?.number }.map(Int64.init))
            let descriptor = Descriptor(entries.map { (DescriptorKey($0.key), $0.value) })
            let found = try imported.applying("d", descriptor)
            #expect(found == expected, "seed \(seed), \(entries)\n\(yaml)\n\(imported.text)")
        }
    }

    @Test("says what it cannot tell apart")
    func cannot() throws {
        let text = try PolicyImport(
            """
            domain: d
            descriptors:
              - {key: a, descriptors: [{key: b, rate_limit: {unit: second, requests_per_unit: 1}}]}
              - {key: b, descriptors: [{key: a, rate_limit: {unit: second, requests_per_unit: 2}}]}
              - {key: c, descriptors: [{key: c, rate_limit: {unit: second, requests_per_unit: 3}}]}
              - {key: net, value: 10.0.0.0/8, rate_limit: {unit: second, requests_per_unit: 4}}
            """, name: "d.yaml"
        ).text
        #expect(text.contains("# Paths of 'a' and 'b' in several orders: there is no order here"))
        #expect(text.contains("send the later 'c' as 'c#2'"))
        #expect(text.contains("# '10.0.0.0/8' means all addresses of that network here, not this text."))
    }

    @Test("is refused where a policy cannot hold it")
    func refused() {
        func message(_ yaml: String) -> String? {
            #expect(throws: PolicyFileError.self) { try PolicyImport(yaml, name: "d.yaml") }?.description
        }
        let many = (0..<65).map { "\n  - {key: k, value: \($0), rate_limit: {unit: day, requests_per_unit: 1}}" }
            .joined()
        #expect(
            message("domain: d\ndescriptors:\(many)")?.contains("d.yaml:1:9: error: the domain 'd' would be 65 rules")
                == true)
        #expect(message("domain: d\n")?.contains("there is no limit in it that could be imported") == true)
        let long = String(repeating: "d", count: 129)
        let one = "descriptors: [{key: k, rate_limit: {unit: day, requests_per_unit: 1}}]"
        #expect(message("domain: \(long)\n\(one)")?.contains("a policy's name has at most 128 bytes") == true)
        #expect(
            message("domain: d\ndescriptors: [{key: k, rate_limit: {unit: dya}}]")?.contains("did you mean 'day'?")
                == true)
    }

    @Test("keeps long names apart")
    func longNames() throws {
        let long = String(repeating: "é", count: 100)
        let imported = try ImportedLimiter(
            """
            domain: d
            descriptors:
              - {key: k, value: \(long)1, rate_limit: {unit: day, requests_per_unit: 1}}
              - {key: k, value: \(long)2, rate_limit: {unit: day, requests_per_unit: 2}}
            """)
        #expect(try imported.passes("d", ["k": long + "1"], of: 5) == 1)
        #expect(try imported.passes("d", ["k": long + "2"], of: 5) == 2)
    }
}
