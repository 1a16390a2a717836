import Foundation
import Testing

/// The files that others start the server by.
@Suite("Packaging")
struct PackagingTests {
    private static func text(_ name: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent("Packaging/\(name)"), encoding: .utf8)
    }

    @Test("starts the server by options that it knows", arguments: ["sluice.service", "Dockerfile", "kubernetes.yaml"])
    func options(_ name: String) async throws {
        let help = try await SluiceBinary.run("serve", "--help", in: try ScratchFolder()).output
        let lines = try Self.text(name).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let start = try #require(lines.firstIndex { $0.contains("serve") })
        // The call may go on in the next line.
        let options = lines[start...].prefix(2).joined(separator: " ").matches(of: /--[a-z-]+/).map {
            String($0.output)
        }
        #expect(options.contains("--config") && options.contains("--log-format"))
        for option in options { #expect(help.contains("\(option) "), "\(name): \(option)") }
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
