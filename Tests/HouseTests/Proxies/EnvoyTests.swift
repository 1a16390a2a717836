import Foundation
import RedisServers
import Testing

/// A real Envoy in front of an application, asking a running server.
@Suite("A real Envoy")
struct EnvoyTests {
    private static let policies = """
        policies:
          web:
            rules:
              - {name: each, by: [path], limit: 6 per 1h, algorithm: fixed-window}
        """

    private struct Setting {
        let server: RunningServer
        let proxy: DocumentProxy
        let scratch: ScratchFolder

        /// The status and the header fields of a request through Envoy.
        func get(_ path: String) async throws -> (status: String, fields: String) {
            let ending = try await ChildProcess.run(
                ["curl", "-s", "-o", "/dev/null", "-D", "-", "http://127.0.0.1:\(proxy.port)\(path)"], in: scratch)
            let lines = ending.output.split(separator: "\r\n")
            let status = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "none"
            return (status, lines.dropFirst().joined(separator: "\n").lowercased())
        }

        func statuses(_ count: Int, _ path: String) async throws -> [String] {
            var statuses: [String] = []
            for _ in 0..<count { statuses.append(try await get(path).status) }
            return statuses
        }
    }

    /// - Parameters:
    ///   - timeout: How long Envoy waits for a decision.
    ///   - options: More for the server.
    private func withEnvoy(
        timeout: String, options: [String] = [], credentials: EnvoyConfigurationText.Credentials? = nil,
        in scratch: ScratchFolder, _ body: (Setting) async throws -> Void
    ) async throws {
        let policies = try scratch.write(Self.policies, to: "sluice.yaml").path
        let arguments = ["--config", policies, "--grpc", "127.0.0.1:0"] + options
        let server = try await RunningServer(arguments, in: scratch)
        let proxy = try await DocumentProxy(in: scratch)
        do {
            let configuration = EnvoyConfigurationText.text(
                port: proxy.port, application: proxy.applicationPort, sluice: try server.port(of: "grpc"),
                timeout: timeout, credentials: credentials)
            try await proxy.start("envoy", configuration, environment: ProcessInfo.processInfo.environment)
            try await body(Setting(server: server, proxy: proxy, scratch: scratch))
        } catch {
            try await proxy.stop()
            _ = try await server.stop(by: SIGKILL)
            throw error
        }
        try await proxy.stop()
        _ = try await server.stop(by: SIGKILL)
    }

    @Test("is told limits, header fields, costs and overrides")
    func decisions() async throws {
        // A debug build on a busy machine may take its time.
        try await withEnvoy(timeout: "10s", in: try ScratchFolder()) { setting async throws in
            let first = try await setting.get("/each")
            #expect(first.status == "200")
            #expect(first.fields.contains("ratelimit-policy: \"each\";q=6;w=3600"))
            #expect(first.fields.contains("ratelimit: \"each\";r=5;t="))
            #expect(try await setting.statuses(6, "/each") == ["200", "200", "200", "200", "200", "429"])
            let denied = try await setting.get("/each")
            #expect(denied.fields.contains("retry-after: ") && denied.fields.contains("x-envoy-ratelimited"))
            // A cost of 4 fits into 6 once.
            #expect(try await setting.statuses(2, "/costly") == ["200", "429"])
            // A limit of 1 an hour that comes with the request.
            #expect(try await setting.statuses(2, "/override") == ["200", "429"])
            // A route without limits is not asked about.
            #expect(try await setting.statuses(1, "/free") == ["200"])
        }
    }

    @Test("lets requests pass after its 20 ms when the server does not answer, and limits again when it does")
    func timeout() async throws {
        try await withEnvoy(timeout: "0.02s", in: try ScratchFolder()) { setting async throws in
            _ = try await setting.statuses(8, "/each")
            setting.server.signal(SIGSTOP)
            #expect(try await setting.statuses(3, "/each") == ["200", "200", "200"])
            setting.server.signal(SIGCONT)
            try await eventually("Envoy is told again that nothing may pass", within: .seconds(120)) {
                try await setting.get("/each").status == "429"
            }
        }
    }

    #if TLS
    @Test("proves itself to a server with users and a certificate")
    func credentials() async throws {
        let scratch = try ScratchFolder()
        let hash = try await SluiceBinary.run("user", "hash", "edge", "--random", in: scratch)
        let token = hash.errors.trimmingCharacters(in: .whitespacesAndNewlines)
        try scratch.write("users:\n" + hash.output, to: "users.yaml")
        let files = try await ServerCertificates.shared()
        let options = ["--users", "users.yaml", "--tls-certificate", files.server, "--tls-key", files.serverKey]
        for (token, last) in [(token, "429"), ("nobody-has-this-token", "200")] {
            let credentials = EnvoyConfigurationText.Credentials(authorityFile: files.authority, token: token)
            try await withEnvoy(
                timeout: "10s", options: options, credentials: credentials, in: scratch
            ) { setting async throws in
                // Whoever is refused is not limited: Envoy lets pass what it cannot ask about.
                #expect(try await setting.statuses(7, "/each").last == last)
            }
        }
    }
    #endif
}
