import Sluice
import SluicePolicies
import Testing

@Suite("An import")
struct PolicyImportTests {
    @Test(
        "knows a configuration by its content",
        arguments: [
            ("# a\n\ndomain: d\ndescriptors: [{key: k, rate_limit: {unit: day, requests_per_unit: 1}}]", .envoy),
            ("{\"domain\": \"d\", \"descriptors\": [{\"key\": \"k\", \"rate_limit\": {\"unit\": \"day\"}}]}", .envoy),
            ("---\nbot:\n  a: 1\nrate_limiting:\n  user_cooldown: 1", .twitch),
            ("# site\nlimit_req_zone $uri zone=z:1m;\nserver { limit_req zone=z; }", .nginx),
        ] as [(String, PolicyImport.Form)])
    func recognizes(_ text: String, _ form: PolicyImport.Form) throws {
        #expect(try PolicyImport(text, name: "a").form == form)
    }

    @Test("that is none of these is asked whose it is", arguments: ["", "a: b", "policies: {}", "http: x"])
    func unknown(_ text: String) {
        let error = #expect(throws: PolicyFileError.self) { try PolicyImport(text, name: "a") }
        #expect(error?.description.contains("say whose it is with --from, one of envoy, nginx, twitch") == true)
    }

    @Test("of a folder is one of envoyproxy/ratelimit, a policy for each domain")
    func folder() throws {
        let folder = try ScratchFolder()
        for domain in ["b", "a"] {
            let yaml = "domain: \(domain)\ndescriptors: [{key: k, rate_limit: {unit: day, requests_per_unit: 1}}]"
            _ = try folder.write(Array(yaml.utf8), to: "\(domain).yaml")
        }
        let text = try PolicyImport(contentsOf: folder.path).text
        #expect(try PolicyFile(yaml: text).policies.map(\.name) == ["a", "b"])
        #expect(throws: PolicyFileError.self) { try PolicyImport(contentsOf: folder.path, as: .nginx) }
        #expect(throws: PolicyFileError.self) { try PolicyImport(contentsOf: folder.path + "/absent") }
    }

    @Test("writes nothing into the file that a comment or a name could break out of")
    func injection() throws {
        let yaml = """
            domain: "d: }"
            descriptors:
              - key: "k\\n  evil:"
                value: "v\\n# x: {*"
                rate_limit: {unit: day, requests_per_unit: 1, replaces: [{name: "a\\nb: c"}]}
            """
        let text = try PolicyImport(yaml, name: "a\nb: c").text
        let policies = try PolicyFile(yaml: text).policies
        #expect(policies.count == 1)
        #expect(policies[0].name == "d: }")
        #expect(policies[0].rules[0].condition.terms[0].key.name == "k\n  evil:")
    }
}
