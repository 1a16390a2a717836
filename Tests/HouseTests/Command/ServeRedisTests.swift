import Foundation
import RedisServers
import Testing

/// `sluice serve --redis` and `--redis-cluster` as their users run them.
@Suite("sluice serve on Redis")
struct ServeRedisTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private static let policies = """
        policies:
          api:
            on-store-failure: deny
            rules:
              - {name: daily, by: [user], limit: 5 per 24h, algorithm: sliding-log}
        """

    /// What every server here is started with; no busy machine makes an answer degraded.
    private func options(_ more: String...) throws -> [String] {
        let file = try scratch.write(Self.policies, to: "policies.yaml").path
        let secret = try scratch.write("0123456789abcdef0123456789abcdef\n", to: "secret").path
        return ["--config", file, "--redis-secret-file", secret, "--redis-timeout", "20s"] + more
    }

    private func get(_ server: RunningServer, _ path: String, _ more: String...) async throws -> String {
        let url = "http://127.0.0.1:\(try server.port(of: "http"))\(path)"
        return try await ChildProcess.run(["curl", "-s"] + more + [url], in: scratch).output
    }

    private func status(_ server: RunningServer, _ path: String) async throws -> String {
        try await get(server, path, "-o", "/dev/null", "-w", "%{http_code}")
    }

    /// Charges one call of a user and gives the answer.
    private func check(_ server: RunningServer, user: String = "42") async throws -> [String: Any] {
        let body = "{\"policy\":\"api\",\"descriptor\":{\"user\":\"\(user)\"}}"
        let text = try await get(server, "/v1/check", "-d", body)
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(answer, "\(text)")
    }

    @Test("shares its limits with every other server there, over all transports, and across a restart")
    func sharing() async throws {
        let redis = try await RedisServer.shared()
        let options = try options("--redis", redis.url, "--redis-prefix", "sharing-\(UUID().uuidString)")
        let first = try await RunningServer(options, in: scratch)
        let second = try await RunningServer(options + ["--threads", "3"], in: scratch)
        #expect(try await check(first)["remaining"] as? Int == 4)
        #expect(try await check(second)["remaining"] as? Int == 3)
        let words = ["redis-cli", "-p", try first.port(of: "resp"), "SLUICE.CHECK", "api", "1", "user", "42"]
        #expect(try await ChildProcess.run(words, in: scratch).output.hasPrefix("1\n5\n2\n"))
        #expect(try await first.stop().status == 0)
        let third = try await RunningServer(options, in: scratch)
        #expect(try await check(third)["remaining"] as? Int == 1)
        #expect(try await check(second)["remaining"] as? Int == 0)
        let denied = try await check(third)
        #expect(denied["allowed"] as? Bool == false && denied["degraded"] as? Bool == false)
        #expect(try await second.stop().status == 0)
        #expect(try await third.stop().status == 0)
    }

    @Test("puts neither names nor the secret into Redis, and lets every key expire")
    func keys() async throws {
        let redis = try await RedisServer.shared()
        let prefix = "keys-\(UUID().uuidString)"
        let server = try await RunningServer(try options("--redis", redis.url, "--redis-prefix", prefix), in: scratch)
        #expect(try await check(server, user: "alice")["allowed"] as? Bool == true)
        let keys = try await redis.command("KEYS", "\(prefix):*").list.compactMap(\.text)
        #expect(!keys.isEmpty)
        for key in keys {
            #expect(!key.contains("alice") && !key.contains("0123456789abcdef"))
            let rest = try await redis.command("PTTL", key).number ?? 0
            #expect(rest > 0)
        }
        #expect(try await server.stop().status == 0)
    }

    @Test("runs on a cluster of which it is told some hosts")
    func cluster() async throws {
        let cluster = try await RedisCluster.shared()
        let options = try options("--redis-cluster", cluster.url, "--redis-prefix", "test-\(UUID().uuidString)")
        let server = try await RunningServer(options, in: scratch)
        for user in 0..<20 {
            #expect(try await check(server, user: "\(user)")["remaining"] as? Int == 4)
            #expect(try await check(server, user: "\(user)")["remaining"] as? Int == 3)
        }
        #expect(try await status(server, "/readyz") == "200")
        let info = ["redis-cli", "-p", try server.port(of: "resp"), "INFO", "store"]
        #expect(try await ChildProcess.run(info, in: scratch).output.contains("store:redis-cluster"))
        #expect(try await server.stop().status == 0)
    }

    @Test("starts without Redis, says that it is not ready, and recovers by itself")
    func recovery() async throws {
        try await RedisServer.during { redis in
            await redis.kill()
            // The last of two equal options counts.
            let server = try await RunningServer(
                try options("--redis", redis.url, "--redis-timeout", "200ms"), in: scratch)
            #expect(try await status(server, "/healthz") == "200")
            #expect(try await status(server, "/readyz") == "503")
            let degraded = try await check(server)
            #expect(degraded["allowed"] as? Bool == false && degraded["degraded"] as? Bool == true)
            #expect(degraded["reason"] as? String == "store_failed")
            try await redis.restart()
            try await eventually("it is ready") { try await status(server, "/readyz") == "200" }
            try await eventually("it decides on Redis") { try await check(server)["degraded"] as? Bool == false }
            await redis.kill()
            try await eventually("it is not ready") { try await status(server, "/readyz") == "503" }
            #expect(try await status(server, "/healthz") == "200")
            #expect(try await server.stop().status == 0)
        }
    }

    @Test("warns of names that are hashed without a secret, and never prints a password")
    func warnings() async throws {
        try await RedisServer.during(password: "never-shown") { redis in
            let server = try await RunningServer(["--redis", redis.url, "--log-level", "trace"], in: scratch)
            #expect(try await status(server, "/readyz") == "200")
            let ending = try await server.stop()
            #expect(ending.status == 0)
            #expect(ending.errors.contains("warning: without --redis-secret-file"))
            #expect(!ending.errors.contains("never-shown") && !server.readyLine.contains("never-shown"))
            let warned = try await RunningServer(try options("--redis", redis.url), in: scratch)
            let calm = try await warned.stop()
            #expect(calm.status == 0 && !calm.errors.contains("warning"))
        }
    }

    @Test(
        "ends with 2 and says what is wrong with its options",
        arguments: [
            (["--redis", "redis://a", "--redis-cluster", "redis://b"], "give one of them"),
            (["--redis", "redis://127.0.0.1", "--snapshot", "state"], "--snapshot: it keeps cells of this process"),
            (
                ["--redis-cluster", "redis://127.0.0.1", "--capacity", "10"],
                "--capacity: it bounds cells of this process"
            ),
            (["--redis-prefix", "x"], "give 'redis' or 'redis-cluster' too"),
            (["--redis-timeout", "1s"], "give 'redis' or 'redis-cluster' too"),
            (["--redis", "http://127.0.0.1"], "--redis: "),
            (["--redis", "redis://u:never-shown@127.0.0.1:70000"], "--redis: "),
            (["--redis", "redis://:never-shown@127.0.0.1/x"], "--redis: "),
            (["--redis-cluster", "unix:///tmp/x"], "not by a Unix socket"),
            (["--redis-cluster", "redis://127.0.0.1/3"], "a cluster has database 0 only"),
            (["--redis", "redis://127.0.0.1,127.0.0.2"], "give 'redis-cluster'"),
            (["--redis", "redis://127.0.0.1", "--redis-timeout", "100"], "--redis-timeout: '100' is not a time"),
            (["--redis", "redis://127.0.0.1", "--redis-timeout", "0ms"], "--redis-timeout: '0ms' is not a time"),
            (["--redis", "redis://127.0.0.1", "--redis-prefix", "a{b}"], "--redis-prefix: it has 1 to 64"),
            (["--redis", "redis://127.0.0.1", "--redis-secret-file", "absent"], "'absent' cannot be read"),
            (["--redis", "redis://127.0.0.1", "--redis-secret-file", "short"], "at least 16 characters"),
            (["--redis", "redis://127.0.0.1", "--redis-password-file", "absent"], "'absent' cannot be read"),
            (["--redis", "redis://127.0.0.1", "--redis-password-file", "empty"], "'empty' is empty"),
            (["--redis", "redis://:never-shown@127.0.0.1", "--redis-password-file", "short"], "a password already"),
            (["--redis-password-file", "short"], "give 'redis' or 'redis-cluster' too"),
            (["redis://:never-shown@127.0.0.1"], "Unexpected argument"),
        ])
    func wrongOptions(_ options: [String], _ message: String) async throws {
        try scratch.write("short\n", to: "short")
        try scratch.write("\n", to: "empty")
        let ending = try await ChildProcess(
            SluiceBinary.url, ["serve", "--http", "127.0.0.1:0", "--grpc", "off", "--resp", "127.0.0.1:0"] + options,
            in: scratch
        ).wait()
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message), "\(ending.errors)")
        #expect(!ending.errors.contains("never-shown"))
    }
}
