import Foundation
import Testing

/// `sluice replay` as its users run it, on small logs made here.
@Suite("sluice replay")
struct ReplayTests {
    private let scratch: ScratchFolder
    private let policies: String

    init() throws {
        scratch = try ScratchFolder()
        policies = try scratch.write(
            """
            policies:
              api:
                rules:
                  - {name: minute, by: [ip], limit: 5 per 1m, algorithm: sliding-log}
                  - {name: everyone, by: [], limit: 9 per 1m, algorithm: fixed-window}
            """, to: "policies.yaml"
        ).path
    }

    /// Ten requests of one address, a second apart, three of another in the next minute, and a line that is none.
    private var log: String {
        let one = (0..<10).map { "10.0.0.1 - - [17/May/2025:10:00:0\($0) +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"a\"" }
        let other = (0..<3).map {
            "10.0.0.2 - - [17/May/2025:10:01:0\($0) +0000] \"GET /b HTTP/1.1\" 200 5 \"-\" \"b\""
        }
        return (one + ["garbage"] + other).joined(separator: "\n") + "\n"
    }

    private func report(_ ending: ChildProcess.Ending) throws -> [String: Any] {
        #expect(ending.status == 0, "\(ending.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
        return try #require(value as? [String: Any])
    }

    private func check(_ report: [String: Any]) throws {
        #expect(report["requests"] as? Int == 13)
        #expect(report["malformed"] as? Int == 1)
        #expect(report["allowed"] as? Int == 8)
        #expect(report["denied"] as? Int == 5)
        #expect(report["callers"] as? Int == 2)
        #expect(report["callers_denied"] as? Int == 1)
        let rules = try #require(report["rules"] as? [[String: Any]])
        #expect(rules.map { $0["policy"] as? String } == ["api", "api"])
        #expect(rules.map { $0["rule"] as? String } == ["minute", "everyone"])
        #expect(rules.map { $0["denied"] as? Int } == [5, 0])
        #expect(rules.map { $0["callers_denied"] as? Int } == [1, 0])
    }

    @Test("counts requests, callers and rules")
    func counts() async throws {
        let file = try scratch.write(log, to: "access.log").path
        try check(
            try report(await SluiceBinary.run("replay", "--config", policies, "--json", file, in: scratch)))
    }

    @Test("reads gzip, and standard input")
    func compressedInput() async throws {
        let file = try scratch.write(log, to: "access.log")
        let gzip = try await ChildProcess.run(["gzip", "-k", file.path], in: scratch)
        #expect(gzip.status == 0)
        let compressed = file.path + ".gz"
        try check(
            try report(await SluiceBinary.run("replay", "--config", policies, "--json", compressed, in: scratch)))
        try check(
            try report(
                await SluiceBinary.run("replay", "--config", policies, "--json", "-", in: scratch, input: file)))
    }

    @Test("prints a table for people, and one page of HTML on request")
    func tables() async throws {
        let file = try scratch.write(log, to: "access.log").path
        let table = try await SluiceBinary.run("replay", "--config", policies, file, in: scratch)
        #expect(table.status == 0)
        #expect(table.output.contains("minute"))
        let page = try await SluiceBinary.run(
            "replay", "--config", policies, "--html", "report.html", file, in: scratch)
        #expect(page.status == 0)
        let html = try String(contentsOf: scratch.url.appendingPathComponent("report.html"), encoding: .utf8)
        #expect(html.contains("<svg"))
        #expect(!html.contains("src=\"http") && !html.contains("href=\"http"))
    }

    @Test(
        "ends with 2 and says what is wrong",
        arguments: [
            (["absent.log"], "absent.log"),
            (["--policy", "aip", "access.log"], "'api'"),
            (["--jsno", "access.log"], "--jsno"),
        ])
    func wrongUse(_ words: [String], _ message: String) async throws {
        try scratch.write(log, to: "access.log")
        let ending = try await ChildProcess(
            SluiceBinary.url, ["replay", "--config", policies] + words, in: scratch
        ).wait()
        #expect(ending.status == 2)
        #expect(ending.errors.contains(message))
    }
}
