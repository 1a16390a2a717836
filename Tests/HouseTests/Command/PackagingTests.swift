import Foundation
import Testing

/// The files that others start the server by.
@Suite("Packaging")
struct PackagingTests {
    private static func text(_ name: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent("Packaging/\(name)"), encoding: .utf8)
    }

    @Test("tells the server by variables what is good", arguments: ["sluice.service", "Dockerfile", "kubernetes.yaml"])
    func variables(_ name: String) async throws {
        let scratch = try ScratchFolder()
        let lines = try Self.text(name).split(separator: "\n").filter {
            !$0.drop { $0 == " " }.hasPrefix("#")
        }
        #expect(lines.contains { $0.contains("serve") })
        var environment: [String: String] = [:]
        for line in lines {
            let found =
                line.matches(of: /(SLUICE_[A-Z_]+)=(\S+)/).map { ($0.1, $0.2) }
                + line.matches(of: /name: (SLUICE_[A-Z_]+), value: "?([^"}]+)/).map { ($0.1, $0.2) }
            for (name, value) in found { environment[String(name)] = String(value) }
        }
        #expect(environment["SLUICE_CONFIG"]?.hasSuffix("sluice.yaml") == true)
        #expect(environment["SLUICE_LOG_FORMAT"] == "json")
        // The files are not there; these are.
        let policies = "policies: {api: {rules: [{name: each, by: [ip], limit: 5 per 1h}]}}\n"
        environment["SLUICE_CONFIG"] = try scratch.write(policies, to: "sluice.yaml").path
        if environment["SLUICE_REDIS_SECRET_FILE"] != nil {
            environment["SLUICE_REDIS_SECRET_FILE"] = try scratch.write("a-secret-of-sixteen", to: "names").path
        }
        let ending = try await ChildProcess(
            SluiceBinary.url, ["serve", "--print-settings"], in: scratch, environment: environment
        ).wait()
        #expect(ending.status == 0, "\(name): \(ending.errors)")
        for variable in environment.keys { #expect(ending.output.contains("  \(variable)\n"), "\(name): \(variable)") }
    }

    @Test("has a policy file in its ConfigMap that can be served")
    func policies() async throws {
        let scratch = try ScratchFolder()
        let block = try Self.text("kubernetes.yaml").split(separator: "sluice.yaml: |\n")[1].prefix { _ in true }
        let lines = block.split(separator: "\n").prefix { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
        let file = try scratch.write(lines.joined(separator: "\n") + "\n", to: "sluice.yaml")
        let ending = try await SluiceBinary.run("config", "check", file.path, in: scratch)
        #expect(ending.status == 0, "\(ending.errors)")
    }

    @Test("a start, a reload by signal, a wrong file and a stop are one line of JSON each")
    func log() async throws {
        let scratch = try ScratchFolder()
        let good = "policies: {api: {rules: [{name: each, by: [ip], limit: 5 per 1h}]}}\n"
        let file = try scratch.write(good, to: "sluice.yaml")
        let server = try await RunningServer(["--config", file.path, "--log-format", "json"], in: scratch)
        func lines() throws -> [[String: String]] {
            try server.log().split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
            }
        }
        func waitFor(_ count: Int) async throws {
            while try lines().count < count { try await Task.sleep(for: .milliseconds(10)) }
        }
        try await waitFor(1)
        server.signal(SIGHUP)
        try await waitFor(2)
        try scratch.write("policies: {api: {rulez: []}}\n", to: "sluice.yaml")
        server.signal(SIGHUP)
        try await waitFor(3)
        // The watch may have seen the change, too.
        let ending = try await server.stop()
        #expect(ending.status == 0)
        let all = try lines()
        #expect(all[0]["message"] == "Serving" && all[0]["level"] == "notice" && all[0]["rules"] == "1")
        #expect(all[0]["http"]?.hasPrefix("127.0.0.1:") == true && all[0]["time"]?.hasSuffix("Z") == true)
        #expect(all[1]["message"] == "Reloaded the policies" && all[1]["file"] == file.path)
        #expect(all[2]["level"] == "error" && all[2]["message"]?.contains("did you mean 'rules'?") == true)
        #expect(all.last?["message"] == "Stopped")
    }
}
