import Foundation
import Testing

/// `sluice serve` as its users run it.
@Suite("sluice serve")
struct ServeTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private static let policies = """
        policies:
          api:
            rules:
              - {name: hourly, by: [user], limit: 5 per 1h, algorithm: sliding-log}
        """

    private func file() throws -> String { try scratch.write(Self.policies, to: "policies.yaml").path }

    /// Charges one call of user 42 and tells what then remains.
    private func remaining(_ server: RunningServer) async throws -> Int {
        let body = #"{"policy":"api","descriptor":{"user":"42"}}"#
        let url = "http://127.0.0.1:\(try server.port(of: "http"))/v1/check"
        let ending = try await ChildProcess.run(["curl", "-s", url, "-d", body], in: scratch)
        let answer = try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any]
        return try #require(answer?["remaining"] as? Int)
    }

    @Test("names its parts in the log, and nothing that they hold")
    func partsInLog() async throws {
        let server = try await RunningServer(["--config", try file(), "--log-level", "trace"], in: scratch)
        let ending = try await server.stop()
        #expect(ending.errors.contains("Maintenance") && ending.errors.contains("HTTPService"), "\(ending.errors)")
        #expect(!ending.errors.contains("hourly") && !ending.errors.contains("ServerConfiguration"))
    }

    @Test("says in one line where it listens")
    func readyLine() async throws {
        try await RunningServer.during(in: scratch) { server in
            #expect(
                server.readyLine.wholeMatch(
                    of: /ready http=127\.0\.0\.1:\d+ grpc=127\.0\.0\.1:\d+ resp=127\.0\.0\.1:\d+/) != nil)
            let http = try server.port(of: "http")
            let resp = try server.port(of: "resp")
            #expect(http != "0" && resp != "0" && http != resp)
            let ping = try await ChildProcess.run(["redis-cli", "-p", resp, "PING"], in: scratch)
            #expect(ping.output == "PONG\n")
            let health = try await ChildProcess.run(
                ["curl", "-sf", "http://127.0.0.1:\(http)/healthz"], in: scratch)
            #expect(health.status == 0)
        }
    }

    @Test("prints commands to try that work as they stand")
    func whatToTry() async throws {
        try await RunningServer.during(in: scratch) { server in
            var commands: [String] = []
            // They are printed right after the ready line, which the test may be quicker to read.
            while commands.count < 2 {
                commands = try server.log().split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                    .filter { $0.hasPrefix("curl ") || $0.hasPrefix("redis-cli ") }
                await Task.yield()
            }
            for command in commands {
                let ending = try await ChildProcess.run(["bash", "-c", command], in: scratch)
                #expect(ending.status == 0)
                #expect(ending.output.contains("\"allowed\":true") || ending.output.hasPrefix("1\n"), "\(command)")
            }
        }
    }

    @Test(
        "ends with 2 and says what is wrong with its options",
        arguments: [
            (["--htpp", "127.0.0.1:0"], "--htpp"),
            (["--http", "nonsense"], "'nonsense' is not an address"),
            (["--http", "127.0.0.1:70000"], "70000"),
            (["--http", "off", "--resp", "off"], "off"),
            (["--threads", "0"], "--threads"),
            (["--threads", "many"], "many"),
            (["--capacity", "0"], "--capacity"),
            (["--log-level", "warnign"], "did you mean 'warning'?"),
            (["--config", "absent.yaml"], "absent.yaml"),
        ])
    func wrongOptions(_ options: [String], _ message: String) async throws {
        let ending = try await ChildProcess(
            SluiceBinary.url, ["serve", "--http", "127.0.0.1:0", "--grpc", "off", "--resp", "127.0.0.1:0"] + options,
            in: scratch
        ).wait()
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message))
    }

    @Test("ends with 2 and tells file, line and the nearest word of a bad policy file")
    func badPolicies() async throws {
        let text = Self.policies.replacing("limit:", with: "limmit:")
        let file = try scratch.write(text, to: "bad.yaml").path
        let ending = try await SluiceBinary.run("serve", "--config", file, in: scratch)
        #expect(ending.status == 2)
        #expect(ending.errors.contains("bad.yaml:4"))
        #expect(ending.errors.contains("limmit"))
        #expect(ending.errors.contains("'limit'"))
    }

    @Test("ends with 2 when somebody else listens there", arguments: ["http", "grpc", "resp"])
    func portInUse(_ transport: String) async throws {
        try await RunningServer.during(in: scratch) { server in
            let taken = "127.0.0.1:\(try server.port(of: transport))"
            let others = ["http", "grpc", "resp"].filter { $0 != transport }
                .flatMap { ["--\($0)", "127.0.0.1:0"] }
            let ending = try await ChildProcess(
                SluiceBinary.url, ["serve", "--\(transport)", taken] + others, in: scratch
            ).wait()
            #expect(ending.status == 2)
            #expect(ending.output.isEmpty)
            #expect(ending.errors.contains(taken))
        }
    }

    @Test("listens on a Unix domain socket")
    func unixSocket() async throws {
        let path = "http.sock"
        let server = try await RunningServer(["--http", "unix:\(path)"], in: scratch)
        #expect(server.readyLine.hasPrefix("ready http=unix:\(path) grpc=127.0.0.1:"))
        let health = try await ChildProcess.run(
            ["curl", "-sf", "--unix-socket", path, "http://localhost/healthz"], in: scratch)
        #expect(health.status == 0)
        #expect(try await server.stop().status == 0)
    }

    @Test("stops at a signal with 0, and keeps what was used across a restart", arguments: [SIGTERM, SIGINT])
    func gracefulStop(_ signal: Int32) async throws {
        let options = ["--config", try file(), "--snapshot", "state"]
        let first = try await RunningServer(options, in: scratch)
        #expect(try await remaining(first) == 4)
        #expect(try await remaining(first) == 3)
        #expect(try await first.stop(by: signal).status == 0)
        #expect(FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("state").path))

        let second = try await RunningServer(options, in: scratch)
        #expect(try await remaining(second) == 2)
        #expect(try await second.stop(by: signal).status == 0)
    }

    @Test("leaves the old snapshot whole when it is killed")
    func kill() async throws {
        let options = ["--config", try file(), "--snapshot", "state"]
        let snapshot = scratch.url.appendingPathComponent("state")
        let first = try await RunningServer(options, in: scratch)
        #expect(try await remaining(first) == 4)
        #expect(try await first.stop().status == 0)
        let whole = try Data(contentsOf: snapshot)

        let second = try await RunningServer(options, in: scratch)
        #expect(try await remaining(second) == 3)
        #expect(try await second.stop(by: SIGKILL).status == -SIGKILL)
        #expect(try Data(contentsOf: snapshot) == whole)

        let third = try await RunningServer(options, in: scratch)
        #expect(try await remaining(third) == 3)
        #expect(try await third.stop().status == 0)
    }

    @Test("refuses a damaged snapshot and leaves it as it is")
    func damagedSnapshot() async throws {
        let damaged = Data("not a snapshot".utf8)
        let snapshot = scratch.url.appendingPathComponent("state")
        try damaged.write(to: snapshot)
        let ending = try await SluiceBinary.run(
            "serve", "--http", "127.0.0.1:0", "--grpc", "off", "--resp", "127.0.0.1:0", "--snapshot", "state",
            in: scratch)
        #expect(ending.status == 2)
        #expect(ending.errors.contains("state"))
        #expect(try Data(contentsOf: snapshot) == damaged)
    }

    @Test("keeps what was used when the limit in the file has changed")
    func changedLimit() async throws {
        let first = try await RunningServer(["--config", try file(), "--snapshot", "state"], in: scratch)
        for left in [4, 3, 2] { #expect(try await remaining(first) == left) }
        #expect(try await first.stop().status == 0)

        let changed = try scratch.write(Self.policies.replacing("5 per", with: "10 per"), to: "changed.yaml").path
        let second = try await RunningServer(["--config", changed, "--snapshot", "state"], in: scratch)
        #expect(try await remaining(second) == 6)
        #expect(try await second.stop().status == 0)
    }
}
