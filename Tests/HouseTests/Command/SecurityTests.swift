import Foundation
import RedisServers
import Testing

/// Users and certificates as operators give them.
@Suite("sluice serve with users and TLS")
struct SecurityTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    #if TLS
    @Test("serves only users, by the lines that `sluice user hash` makes, over TLS")
    func usersAndTLS() async throws {
        let secret = try scratch.write("0123456789abcdef0123\n", to: "secret")
        let line = try await SluiceBinary.run("user", "hash", "edge", in: scratch, input: secret)
        #expect(line.status == 0 && line.errors.isEmpty)
        #expect(line.output.hasPrefix("  edge: {roles: [check], password-sha256: "))
        let random = try await SluiceBinary.run(
            "user", "hash", "ops", "--role", "admin", "--role", "metrics", "--random", in: scratch)
        let token = random.errors.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(token.count == 64 && random.output.hasPrefix("  ops: {roles: [admin, metrics], password-sha256: "))
        #expect(!random.output.contains(token))
        try scratch.write("users:\n" + line.output + random.output, to: "users.yaml")
        let files = try await ServerCertificates.shared()
        let server = try await RunningServer(
            ["--users", "users.yaml", "--tls-certificate", files.server, "--tls-key", files.serverKey], in: scratch)
        let url = "https://localhost:\(try server.port(of: "http"))/v1"
        func curl(_ path: String, _ more: String...) async throws -> String {
            let call = ["curl", "-s", "--cacert", files.authority, "-o", "/dev/null", "-w", "%{http_code}"]
            return try await ChildProcess.run(call + more + [url + path], in: scratch).output
        }
        let peek = #"{"policy":"chat","descriptor":{"user":"1"}}"#
        #expect(try await curl("/peek", "-d", peek) == "401")
        #expect(try await curl("/peek", "-d", peek, "-u", "edge:0123456789abcdef0123") == "200")
        #expect(try await curl("/reset", "-d", peek, "-u", "edge:0123456789abcdef0123") == "403")
        #expect(try await curl("/reset", "-d", peek, "-H", "Authorization: Bearer \(token)") == "200")
        try scratch.write(token + "\n", to: "token")
        let check = ["check", "chat", "user=1", "--server", "https://localhost:\(try server.port(of: "http"))"]
        func ask(_ more: String...) async throws -> ChildProcess.Ending {
            try await ChildProcess(SluiceBinary.url, check + more, in: scratch).wait()
        }
        try scratch.write("0123456789abcdef0123\n", to: "edge.token")
        let passed = try await ask("--ca-file", files.authority, "--token-file", "edge.token", "--json")
        #expect(passed.status == 0 && passed.output.contains(#""allowed":true"#), "\(passed.errors)")
        let stranger = try await ask("--ca-file", files.authority)
        #expect(stranger.status == 2 && stranger.errors.contains("Unauthorized"), "\(stranger.errors)")
        let other = try await ask("--ca-file", files.authority, "--token-file", "token")
        #expect(other.status == 2 && other.errors.contains("check"), "\(other.errors)")
        let unknown = try await ask("--token-file", "edge.token")
        #expect(unknown.status == 2 && unknown.errors.contains("certificate"), "\(unknown.errors)")
        #expect(try await curl("/policies", "-H", "Authorization: Bearer \(token)") == "200")
        let redis = ["redis-cli", "--tls", "--cacert", files.authority, "-h", "localhost", "--no-auth-warning"]
        let whoami = try await ChildProcess.run(
            redis + ["-p", try server.port(of: "resp"), "--user", "ops", "-a", token, "ACL", "WHOAMI"], in: scratch)
        #expect(whoami.output == "ops\n")
        let ending = try await server.stop()
        #expect(ending.status == 0 && !ending.errors.contains(token) && !ending.errors.contains("0123456789abcdef"))
    }

    @Test("refuses secrets that could be guessed or cannot be sent", arguments: ["", "short", "with a space in it ok"])
    func badSecrets(_ secret: String) async throws {
        let file = try scratch.write(secret + "\n", to: "secret")
        let ending = try await SluiceBinary.run("user", "hash", "edge", in: scratch, input: file)
        #expect(ending.status == 2 && ending.output.isEmpty)
        #expect(ending.errors.contains("secret") && (secret.isEmpty || !ending.errors.contains(secret)))
    }

    @Test(
        "ends with 2 and says what is wrong with its options",
        arguments: [
            (["--tls-certificate", "a"], "--tls-certificate and --tls-key go together"),
            (["--tls-key", "a"], "--tls-certificate and --tls-key go together"),
            (["--tls-client-ca", "a"], "--tls-client-ca goes with both"),
            (["--tls-certificate", "absent", "--tls-key", "b"], "--tls-certificate 'absent' cannot be read"),
            (["--users", "absent"], "absent: error: cannot read the users file: no such file"),
            (["--users", "bad.yaml"], "bad.yaml:1:21: error: 'roles' is one of check, admin, metrics"),
        ])
    func wrongOptions(_ options: [String], _ message: String) async throws {
        let users = "users: {a: {roles: [chekc], password-sha256: \(String(repeating: "0", count: 64))}}"
        try scratch.write(users, to: "bad.yaml")
        let ending = try await ChildProcess(
            SluiceBinary.url, ["serve", "--http", "127.0.0.1:0", "--grpc", "off", "--resp", "127.0.0.1:0"] + options,
            in: scratch
        ).wait()
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains(message), "\(ending.errors)")
    }
    #else
    @Test("says what to build", arguments: ["--users", "--tls-certificate"])
    func unsupported(_ option: String) async throws {
        let more = option == "--users" ? [] : ["--tls-key", "b"]
        let ending = try await ChildProcess(
            SluiceBinary.url,
            ["serve", "--http", "127.0.0.1:0", "--grpc", "off", "--resp", "127.0.0.1:0", option, "a"] + more,
            in: scratch
        ).wait()
        #expect(ending.status == 2 && ending.errors.contains("--traits TLS"))
    }
    #endif
}
