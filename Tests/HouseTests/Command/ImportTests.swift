import Foundation
import Testing

/// `sluice config import` as its users run it.
@Suite("sluice config import")
struct ImportTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private static let sources = [
        (
            "ratelimit.yaml", "domain: d\ndescriptors: [{key: user, rate_limit: {unit: day, requests_per_unit: 2}}]\n",
            "d"
        ),
        (
            "site.conf", "limit_req_zone $remote_addr zone=one:1m rate=1r/m;\nserver { limit_req zone=one burst=1; }\n",
            "nginx"
        ),
        ("config.yaml", "bot: {a: 1}\nrate_limiting:\n  max_requests_per_user_hour: 2\n", "viewer"),
    ]

    @Test("makes a file that can be checked and served, of each form", arguments: sources)
    func makesPolicyFile(_ name: String, _ text: String, _ policy: String) async throws {
        try scratch.write(text, to: name)
        let printed = try await SluiceBinary.run("config", "import", name, in: scratch)
        #expect(printed.status == 0, "\(printed.errors)")
        let written = try await SluiceBinary.run("config", "import", name, "--output", "out.yaml", in: scratch)
        #expect(written.status == 0)
        #expect(written.output.isEmpty)
        #expect(written.errors.contains("out.yaml: written, with "))
        let file = scratch.url.appendingPathComponent("out.yaml")
        #expect(try String(contentsOf: file, encoding: .utf8) == printed.output)
        let checked = try await SluiceBinary.run("config", "check", "out.yaml", in: scratch)
        #expect(checked.status == 0, "\(checked.errors)")
        let decided = try await SluiceBinary.run(
            "check", policy, "user=1", "ip=192.0.2.1", "--config", "out.yaml", in: scratch)
        #expect(decided.status == 0)
        #expect(decided.output.contains("1 of "))
        try await RunningServer.during("--config", "out.yaml", in: scratch) { server async throws in
            #expect(try !server.port(of: "http").isEmpty)
        }
    }

    @Test(
        "ends with 2 and says what is wrong where",
        arguments: [
            (["ratelimit.yaml"], "ratelimit.yaml:2:43: error: 'unit' is one of second"),
            (["absent.yaml"], "absent.yaml: error: cannot read the configuration: no such file"),
            (["ratelimit.yaml", "--from", "nginx"], "ratelimit.yaml:2:37: error: the directive 'unit:' has no ';'"),
            (["ratelimit.yaml", "--from", "apache"], "apache"),
            (["good.yaml", "--output", "no/such/folder.yaml"], "cannot write no/such/folder.yaml"),
        ])
    func wrongUse(_ words: [String], _ message: String) async throws {
        try scratch.write("domain: d\ndescriptors: [{key: k, rate_limit: {unit: sec}}]\n", to: "ratelimit.yaml")
        try scratch.write(Self.sources[0].1, to: "good.yaml")
        let ending = try await ChildProcess(SluiceBinary.url, ["config", "import"] + words, in: scratch).wait()
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message), "\(ending.errors)")
    }
}
