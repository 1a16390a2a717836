import Foundation
import Testing

/// `sluice check` and `sluice config` as scripts run them.
@Suite("sluice check and sluice config")
struct CheckTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func file(_ limit: String) throws -> String {
        let text = "policies: {api: {rules: [{name: burst, by: [user], limit: \(limit)}]}}\n"
        return try scratch.write(text, to: "policies.yaml").path
    }

    @Test("ends with 0 when the request may pass and with 1 when it may not")
    func exitCodes() async throws {
        let file = try file("5 per 10s")
        let allowed = try await SluiceBinary.run("check", "api", "user=42", "--config", file, in: scratch)
        #expect(allowed.status == 0)
        #expect(allowed.output.contains("4 of 5"))
        let impossible = try await SluiceBinary.run(
            "check", "api", "user=42", "--cost", "6", "--config", file, in: scratch)
        #expect(impossible.status == 1)
        #expect(impossible.output.contains("api/burst"))
    }

    @Test("asks a running server, which remembers")
    func asksServer() async throws {
        let file = try file("1 per 1h")
        try await RunningServer.during("--config", file, in: scratch) { server in
            let url = "http://127.0.0.1:\(try server.port(of: "http"))"
            for status in [0, 1] as [Int32] {
                let ending = try await SluiceBinary.run("check", "api", "user=42", "--server", url, in: scratch)
                #expect(ending.status == status)
            }
            let other = try await SluiceBinary.run(
                "check", "api", "user=43", "--server", url, "--json", in: scratch)
            #expect(other.status == 0)
            let answer = try JSONSerialization.jsonObject(with: Data(other.output.utf8)) as? [String: Any]
            #expect(answer?["allowed"] as? Bool == true)
            #expect(answer?["remaining"] as? Int == 0)
        }
    }

    @Test(
        "ends with 2 when there is no answer",
        arguments: [
            (["api", "user"], "user"),
            (["aip", "user=42"], "'api'"),
            (["api", "user=42", "--cost", "-1"], "cost"),
            (["api", "user=42", "--colour"], "--colour"),
        ])
    func noAnswer(_ words: [String], _ message: String) async throws {
        let file = try file("5 per 10s")
        let ending = try await ChildProcess(
            SluiceBinary.url, ["check"] + words + ["--config", file], in: scratch
        ).wait()
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message))
    }

    @Test("ends with 2 when no server listens there")
    func noServer() async throws {
        let ending = try await SluiceBinary.run(
            "check", "api", "user=42", "--server", "unix:absent.sock", in: scratch)
        #expect(ending.status == 2)
        #expect(ending.errors.contains("absent.sock"))
    }

    @Test("config check ends with 0 for a good file and with 2 for a bad one")
    func configCheck() async throws {
        let good = try await SluiceBinary.run("config", "check", try file("5 per 10s"), in: scratch)
        #expect(good.status == 0)
        let bad = try await SluiceBinary.run("config", "check", try file("5 per 10 parsecs"), in: scratch)
        #expect(bad.status == 2)
        #expect(bad.errors.contains("policies.yaml:1:"))
        let absent = try await SluiceBinary.run("config", "check", "absent.yaml", in: scratch)
        #expect(absent.status == 2)
        #expect(absent.errors.contains("absent.yaml"))
    }

    @Test("config print writes a file that means the same")
    func configPrint() async throws {
        let first = try await SluiceBinary.run("config", "print", "--yaml", try file("5 per 10s"), in: scratch)
        #expect(first.status == 0)
        let printed = try scratch.write(first.output, to: "printed.yaml").path
        let second = try await SluiceBinary.run("config", "print", "--yaml", printed, in: scratch)
        #expect(second.output == first.output)
        #expect(second.output.contains("burst"))
    }

    @Test("without a command it tells which there are, and an unknown one is an error", arguments: ["serve", "replay"])
    func help(_ command: String) async throws {
        let help = try await SluiceBinary.run("--help", in: scratch)
        #expect(help.status == 0)
        #expect(help.output.contains(command))
        let unknown = try await SluiceBinary.run("\(command)d", in: scratch)
        #expect(unknown.status == 2)
    }
}
