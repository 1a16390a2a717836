import RedisServers
import Testing

@Suite("A Redis server for tests", .timeLimit(.minutes(10)))
struct RedisServerTests {
    @Test func `It answers on its port as the process that was started`() async throws {
        try await RedisServer.during { server in
            let reply = try await server.command("PING")
            #expect(reply == .text("PONG"))
            #expect(try await server.info("server")["process_id"] == "\(server.pid)")
            #expect(try await server.cli("PING") == "PONG\n")
            #expect(try await server.command("SET", "a") == .failure("ERR wrong number of arguments for 'set' command"))
        }
    }

    @Test func `It comes back on the same port after a kill, with what it wrote down`() async throws {
        try await RedisServer.during(options: ["appendonly yes", "appendfsync always"]) { server in
            try await server.succeed("SET", "kept", "1")
            let first = server.pid
            await server.kill()
            await #expect(throws: (any Error).self) { try await server.command("PING") }
            try await server.restart()
            #expect(server.pid != first)
            #expect(try await server.command("GET", "kept") == .text("1"))
        }
    }

    @Test func `A paused server keeps its connections and answers when it goes on`() async throws {
        try await RedisServer.during { server in
            server.pause()
            async let late = server.command("PING")
            await #expect(throws: NotInTime.self) { try await server.command(["PING"], within: .milliseconds(200)) }
            server.resume()
            let reply = try await late
            #expect(reply == .text("PONG"))
        }
    }

    @Test func `It speaks TLS, over a unix socket, and asks for a password`() async throws {
        let certificates = try await ServerCertificates.shared()
        try await RedisServer.during(unixSocket: true, tls: true, clientCertificates: true, password: "s3cret") {
            server in
            let path = try #require(server.unixPath)
            let overUnix = ["redis-cli", "-s", path, "--no-auth-warning", "-a", "s3cret", "PING"]
            #expect(try await FinishedProgram.output(of: overUnix) == "PONG\n")
            let port = String(try #require(server.tlsPort))
            let overTLS =
                ["redis-cli", "-h", "127.0.0.1", "-p", port, "--tls", "--cacert", certificates.authority]
                + ["--no-auth-warning", "-a", "s3cret", "PING"]
            let withCertificate = ["--cert", certificates.client, "--key", certificates.clientKey]
            #expect(try await FinishedProgram.output(of: [overTLS[0]] + withCertificate + overTLS[1...]) == "PONG\n")
            let refused = try? await FinishedProgram.output(of: overTLS)
            #expect(refused?.contains("PONG") != true)
            #expect(try await server.cli("ECHO", "in") == "in\n")
        }
    }

    @Test func `A replica has what its primary has, and takes no writes`() async throws {
        try await RedisServer.during { primary in
            try await primary.succeed("SET", "a", "1")
            let replica = try await RedisServer.start(replicaOf: primary)
            #expect(try await replica.command("GET", "a") == .text("1"))
            #expect(try await replica.command("SET", "a", "2").description.contains("READONLY"))
            try await primary.succeed("SET", "a", "3")
            try await primary.waitForReplicas()
            #expect(try await replica.command("GET", "a") == .text("3"))
            await replica.stop()
        }
    }

    @Test func `A server that cannot start says why`() async throws {
        let failure = await #expect(throws: ServerProcess.Failure.self) {
            try await RedisServer.start(options: ["no-such-option yes"])
        }
        #expect(failure?.description.contains("no-such-option") == true)
    }

    @Test func `A condition that does not come true is told`() async throws {
        let fault = await #expect(throws: NotInTime.self) {
            try await eventually("pigs fly", within: .milliseconds(20)) { false }
        }
        #expect(fault?.description.contains("pigs fly") == true)
    }
}
