import SluicePolicies
import Testing

@Suite("A wrong configuration of envoyproxy/ratelimit")
struct EnvoyDiagnosticTests {
    struct Fault: CustomTestStringConvertible {
        let text: MarkedText
        let messages: [String]

        /// A whole file.
        init(_ file: String, _ messages: String...) {
            text = MarkedText(file)
            self.messages = messages
        }

        /// The descriptors of a file.
        init(descriptors: String, _ messages: String...) {
            text = MarkedText("domain: d\ndescriptors:\n\(descriptors)\n")
            self.messages = messages
        }

        /// The keys of one limit.
        init(limit: String, _ messages: String...) {
            text = MarkedText("domain: d\ndescriptors:\n  - {key: k, rate_limit: \(limit)}\n")
            self.messages = messages
        }

        var testDescription: String { messages.joined(separator: "; ") }
    }

    private static let units = "second, minute, hour, day, week, month, year"

    private static let faults = [
        Fault("¦", "the file is empty; it begins with 'domain:'"),
        Fault("¦- a", "expected a map of keys for the file, found a list"),
        Fault("¦descriptors: []", "the file has no 'domain:'"),
        Fault("domain:¦", "'domain' is empty"),
        Fault("domain: ¦\"\"", "'domain' is empty"),
        Fault("domain: ¦[d]", "expected text for 'domain', found a list"),
        Fault("domain: d\n¦descriptor: []", "unknown key 'descriptor' in the file (did you mean 'descriptors'?)"),
        Fault("domain: d\ndescriptors: ¦x", "expected a list of descriptors in the file, found 'x'"),
        Fault("domain: d\n¦domain: e", "'domain' is already given in line 1"),
        Fault(
            "domain: \"d¦",
            "not valid YAML: found unexpected end of stream, while scanning a quoted scalar that begins in line 1"),
        Fault(descriptors: "  - ¦a", "expected a map of keys for descriptor 1 of the file, found 'a'"),
        Fault(
            descriptors: "  - {key: k, ¦ratelimit: {}}",
            "unknown key 'ratelimit' in descriptor 'k' (did you mean 'rate_limit'?)"),
        Fault(descriptors: "  - ¦{value: v}", "descriptor 'v' has no 'key:'"),
        Fault(descriptors: "  - ¦{}", "descriptor 1 of the file has no 'key:'"),
        Fault(descriptors: "  - {key: ¦''}", "a key has 1 to 1024 bytes"),
        Fault(descriptors: "  - {key: ¦{a: b}}", "expected text for 'key', found a map"),
        Fault(
            descriptors: "  - {key: k, value: v}\n  - {key: k}\n  - {¦key: k, value: v}",
            "the descriptor 'k_v' is already given in line 3"),
        Fault(
            descriptors: "  - {key: k_v}\n  - {¦key: k, value: v}", "the descriptor 'k_v' is already given in line 3"),
        Fault(descriptors: "  - {key: k}\n  - {¦key: k, value: ''}", "the descriptor 'k' is already given in line 3"),
        Fault(
            descriptors: "  - {key: k, value: v, ¦share_threshold: true}",
            "'share_threshold' goes with a value that contains '*', for what else could it share"),
        Fault(
            descriptors: "  - {key: k*, ¦share_threshold: true}",
            "'share_threshold' goes with a value that contains '*', for what else could it share"),
        Fault(descriptors: "  - {key: k, shadow_mode: ¦maybe}", "'shadow_mode' is true or false, not 'maybe'"),
        Fault(descriptors: "  - {key: k, quota_mode: ¦\"true\"}", "'quota_mode' is true or false, not 'true'"),
        Fault(
            descriptors: "  - {key: k, ¦unit: second}",
            "'unit' belongs in 'rate_limit', not in descriptor 'k'"),
        Fault(
            descriptors: "  - key: k\n    descriptors:\n      - {key: l, value: v, ¦valeu: w}",
            "unknown key 'valeu' in descriptor 'l=v' (did you mean 'value'?)"),
        Fault(
            limit: "{unit: second, ¦shadow_mode: true}",
            "'shadow_mode' belongs in a descriptor, not in 'rate_limit' of descriptor 'k'"),
        Fault(
            limit: "{unit: second, ¦unit_multiplier: 2}",
            "unknown key 'unit_multiplier' in 'rate_limit' of descriptor 'k'"),
        Fault(limit: "¦{requests_per_unit: 1}", "'rate_limit' of descriptor 'k' has no 'unit': it is one of \(units)"),
        Fault(limit: "{unit: ¦secnd}", "'unit' is one of \(units), not 'secnd' (did you mean 'second'?)"),
        Fault(limit: "{unit: ¦unknown}", "'unit' is one of \(units), not 'unknown'"),
        Fault(limit: "{unit: ¦}", "'unit' is one of \(units), not nothing"),
        Fault(
            limit: "{unlimited: true, ¦unit: second}", "what is unlimited has no 'unit'; leave out one of them"),
        Fault(
            limit: "{unit: second, requests_per_unit: ¦-1}",
            "'requests_per_unit' is a whole number from 0 to 4294967295, not '-1'"),
        Fault(
            limit: "{unit: second, requests_per_unit: ¦4294967296}",
            "'requests_per_unit' is a whole number from 0 to 4294967295, not '4294967296'"),
        Fault(
            limit: "{unit: second, requests_per_unit: ¦010}",
            "'requests_per_unit' is a whole number from 0 to 4294967295, not '010'"),
        Fault(limit: "{unit: second, name: n, replaces: [{name: ¦n}]}", "the limit 'n' cannot replace itself"),
        Fault(limit: "{unit: second, name: n, replaces: [{name: ¦''}]}", "an entry of 'replaces' has no name"),
        Fault(limit: "{unit: second, replaces: [¦{}]}", "an entry of 'replaces' has no name"),
        Fault(
            limit: "{unit: second, replaces: ¦n}", "expected a list such as '- name: other' for 'replaces', found 'n'"),
        Fault(
            limit: "{unit: second, replaces: [¦n]}", "expected a map of keys for an entry of 'replaces', found 'n'"),
        Fault(
            limit: "{unit: second, replaces: [{¦nam: n, name: ¦''}]}",
            "unknown key 'nam' in an entry of 'replaces' (did you mean 'name'?)", "an entry of 'replaces' has no name"),
    ]

    @Test("says where, what, and what was probably meant", arguments: faults)
    func says(_ fault: Fault) {
        let error = #expect(throws: PolicyFileError.self) { try EnvoyConfiguration([("r.yaml", fault.text.yaml)]) }
        #expect(error?.diagnostics.map(\.fullMessage) == fault.messages)
        #expect(error?.diagnostics.map(\.position) == fault.text.positions)
        #expect(error?.diagnostics.allSatisfy { $0.file == "r.yaml" } == true)
    }

    @Test("is told of all of its files at once")
    func allFiles() {
        let error = #expect(throws: PolicyFileError.self) {
            try EnvoyConfiguration([
                ("a.yaml", "domain: d\ndescriptors: [{key: k, rate_limit: {unit: s}}]"),
                ("b.yaml", "domain: e\n"),
                ("c.yaml", "domain: e\n"),
            ])
        }
        #expect(error?.code == .invalid)
        #expect(
            error?.description.contains("a.yaml:2:43: error: 'unit' is one of") == true)
        #expect(error?.description.contains("c.yaml:1:9: error: the domain 'e' is already given in b.yaml:1:9") == true)
    }

    @Test("is not what these say, which envoyproxy/ratelimit takes, too")
    func accepted() throws {
        let configuration = try envoy(
            """
            domain: d
            descriptors:
              - {key: number, value: 42, rate_limit: {unit: second, requests_per_unit: 1}, metadata: ~}
              - {key: switch, value: on, shadow_mode: Yes, rate_limit: {unit: second, unlimited: no}}
              - {key: nothing, value: , rate_limit: }
              - {key: empty, descriptors: }
            """)
        #expect(configuration.limits.map(\.ruleName) == ["number=42", "switch=on"])
        #expect(configuration.limits.map(\.isShadow) == [false, true])
        #expect(try envoy("domain: d\ndescriptors:\n").limits.isEmpty)
    }
}
