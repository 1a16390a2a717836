import Foundation
import NIOCore
import RedisServers
import Testing

@testable import SluiceServer

#if TLS
import NIOSSL

@Suite("Encrypted connections", .timeLimit(.minutes(10)))
struct TLSTests {
    @Test("answer over HTTP as plain ones do: decisions, routes, streams, pipelines", arguments: [true, false])
    func http(onEventLoop: Bool) async throws {
        let settings = try await TLSUnderTest.settings()
        let files = try await ServerCertificates.shared()
        let client = try TLSUnderTest.client(trusting: files.authority)
        try await ServerUnderTest.run(
            limits: { $0.answersDecisionsOnEventLoop = onEventLoop }, configure: { $0.tls = settings }
        ) { server async throws in
            try await TestConnection.with(server.http, preparing: client) { connection async throws in
                for left in [4, 3] {
                    try await connection.send(ServerUnderTest.check())
                    #expect(try await connection.reply().json["remaining"] as? Int == left)
                }
                try await connection.send(ServerUnderTest.text("GET", "/v1/policies"))
                #expect(try await connection.reply().status == 200)
                let many = 200
                try await connection.send(String(repeating: ServerUnderTest.check("free"), count: many))
                for _ in 0..<many { #expect(try await connection.reply().status == 200) }
                try await connection.send(
                    ServerUnderTest.text("POST", "/v1/check/stream", "{\"policy\":\"free\"}\n"))
                #expect(try await connection.reply().body.contains("\"allowed\":true"))
                try await connection.send(
                    "POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n")
                #expect(try await connection.rest().hasPrefix("HTTP/1.1 413 "))
            }
        }
    }

    @Test(
        "answer over the Redis protocol as plain ones do, however long the pipeline",
        arguments: EngineUnderTest.allCases)
    func resp(engine: EngineUnderTest) async throws {
        let tls = try ServerTLS(try await TLSUnderTest.settings())
        let client = try TLSUnderTest.client()
        try await RESPServerUnderTest.run(on: engine, security: ServerSecurity(tls: tls)) { server async throws in
            let address = ListenAddress.tcp(host: "127.0.0.1", port: server.port)
            try await TestConnection.with(address, preparing: client) { connection async throws in
                try await connection.send("PING\r\nCL.THROTTLE k 15 30 60\r\n")
                try await connection.text(until: "+PONG\r\n*5\r\n:0\r\n:16\r\n:15\r\n:-1\r\n:2\r\n")
                let word = String(repeating: "x", count: 500_000)
                try await connection.send("*2\r\n$4\r\nECHO\r\n$500000\r\n\(word)\r\n")
                try await connection.text(until: "$500000\r\n\(word)\r\n")
            }
            try await TestConnection.with(address, preparing: client) { connection async throws in
                let (requests, replies) = RESPBytes.echoes(5_000)
                try await connection.send(String(decoding: requests, as: UTF8.self) + "QUIT\r\n")
                #expect(try await connection.rest() == String(decoding: replies, as: UTF8.self) + "+OK\r\n")
            }
            while server.server.statistics.connections > 0 { await server.server.closeLate() }
        }
    }

    @Test("are spoken by curl and redis-cli, by TLS 1.2 and 1.3, and by nothing older")
    func clients() async throws {
        let settings = try await TLSUnderTest.settings()
        let files = try await ServerCertificates.shared()
        try await ServerUnderTest.run(configure: {
            $0.tls = settings
            $0.resp = .tcp(host: "127.0.0.1", port: 0)
        }) { server async throws in
            guard case .tcp(_, let port) = server.http else { return }
            for version in ["1.2", "1.3"] {
                let health = try await FinishedProgram.output(
                    of: ["curl", "-s", "--tlsv\(version)", "--tls-max", version, "--cacert", files.authority]
                        + ["https://localhost:\(port)/healthz"])
                #expect(health == "ok\n")
            }
            let agreed = try await FinishedProgram.output(
                of: ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-alpn", "h2,http/1.1"])
            #expect(agreed.contains("ALPN protocol: http/1.1"))
            let old = try TLSUnderTest.client(newest: .tlsv11)
            let answer = try await TestConnection.with(server.http, preparing: old) { connection async throws in
                try? await connection.send(ServerUnderTest.text("GET", "/healthz"))
                return try await connection.rest()
            }
            #expect(answer.isEmpty)
            // Whoever does not encrypt is told nothing.
            let plain = try await TestConnection.with(server.http) { connection async throws in
                try await connection.send(ServerUnderTest.text("GET", "/healthz"))
                return try await connection.rest()
            }
            #expect(!plain.contains("HTTP/1.1"))
        }
        let tls = try ServerTLS(settings)
        try await RESPServerUnderTest.run(security: ServerSecurity(tls: tls)) { server async throws in
            let pong = try await FinishedProgram.output(
                of: [
                    "redis-cli", "--tls", "--cacert", files.authority, "-h", "localhost", "-p", "\(server.port)",
                    "PING",
                ])
            #expect(pong == "PONG\n")
        }
    }

    @Test("are refused to clients without a certificate of the authority, where one is asked for")
    func clientCertificates() async throws {
        let settings = try await TLSUnderTest.settings(clients: true)
        let files = try await ServerCertificates.shared()
        try await TLSUnderTest.Pair.during { stranger async throws in
            try await ServerUnderTest.run(configure: { $0.tls = settings }) { server async throws in
                #expect(try await Self.answer(server, (files.client, files.clientKey)).hasPrefix("HTTP/1.1 200 "))
                #expect(try await Self.answer(server, nil).isEmpty)
                #expect(try await Self.answer(server, (stranger.certificate, stranger.key)).isEmpty)
                #expect(try await Self.answer(server, (files.client, files.clientKey)).hasPrefix("HTTP/1.1 200 "))
            }
            var optional = settings
            optional.requiresClientCertificate = false
            try await ServerUnderTest.run(configure: { [optional] in $0.tls = optional }) { server async throws in
                #expect(try await Self.answer(server, nil).hasPrefix("HTTP/1.1 200 "))
                #expect(try await Self.answer(server, (files.client, files.clientKey)).hasPrefix("HTTP/1.1 200 "))
                #expect(try await Self.answer(server, (stranger.certificate, stranger.key)).isEmpty)
            }
        }
    }

    /// What the server says to a client with a certificate of its own.
    private static func answer(_ server: ServerUnderTest, _ pair: (String, String)?) async throws -> String {
        let client = try TLSUnderTest.client(pair: pair)
        return try await TestConnection.with(server.http, preparing: client) { connection in
            try? await connection.send(ServerUnderTest.text("GET", "/healthz", fields: ["Connection: close"]))
            return try await connection.rest()
        }
    }

    @Test("are not made over a Unix domain socket, where nobody listens in")
    func unixSocket() async throws {
        let settings = try await TLSUnderTest.settings()
        let path = "/tmp/sluice-test-\(UInt64.random(in: .min ... .max)).sock"
        try await ServerUnderTest.run(
            http: .unix(path: path), configure: { $0.tls = settings }
        ) { server async throws in
            #expect(try await server.request("GET", "/healthz").status == 200)
        }
    }
}

@Suite("A certificate's files", .timeLimit(.minutes(10)))
struct CertificateFileTests {
    @Test("that cannot be used end the start, each with what is wrong with it")
    func wrong() async throws {
        let files = try await ServerCertificates.shared()
        try await TLSUnderTest.Pair.during { pair async throws in
            func told(_ certificate: String, _ key: String, _ authority: String? = nil) throws -> String {
                let settings = TLSSettings(certificateFile: certificate, keyFile: key, clientAuthorityFile: authority)
                let error = #expect(throws: ServerError.self) { try ServerTLS(settings) }
                #expect(error?.code == .invalidTLS)
                return error?.message ?? ""
            }
            #expect(try told("/nowhere/a", pair.key).contains("--tls-certificate '/nowhere/a' cannot be read: No such"))
            #expect(try told(pair.certificate, "/nowhere/b").contains("--tls-key '/nowhere/b' cannot be read"))
            #expect(try told(pair.key, pair.key).contains("holds no certificate in PEM"))
            #expect(try told(pair.certificate, pair.certificate).contains("holds no private key in PEM"))
            #expect(try told(files.server, pair.key).contains("is not that of the certificate in"))
            #expect(try told(pair.certificate, pair.key, pair.key).contains("--tls-client-ca"))
            try pair.write(text: "", "crt")
            #expect(try told(pair.certificate, pair.key).contains("holds no certificate in PEM"))
        }
    }

    @Test("are read again when they changed: new connections get the new one, old ones live on")
    func reload() async throws {
        try await TLSUnderTest.Pair.during { pair async throws in
            let client = try TLSUnderTest.client()
            try await ServerUnderTest.run(configure: {
                $0.tls = pair.settings
                $0.watchInterval = .milliseconds(20)
            }) { server async throws in
                func shown() async throws -> String {
                    try await TestConnection.with(server.http, preparing: client) { connection async throws in
                        try await connection.send(ServerUnderTest.text("GET", "/healthz"))
                        #expect(try await connection.reply().status == 200)
                        return try await connection.serverCertificate()
                    }
                }
                try await TestConnection.with(server.http, preparing: client) { old async throws in
                    try await old.send(ServerUnderTest.check())
                    #expect(try await old.reply().status == 200)
                    let first = try await old.serverCertificate()
                    #expect(try await shown() == first)
                    // Half written, and in between a key that belongs to none.
                    try pair.write("second", "crt")
                    try pair.write(text: "-----BEGIN PRIVATE", "key")
                    #expect(try await shown() == first)
                    try pair.write("second", "key")
                    // The only thing that waiting here can show is that it comes.
                    while try await shown() == first {}
                    try await old.send(ServerUnderTest.check())
                    #expect(try await old.reply().status == 200)
                    #expect(try await old.serverCertificate() == first)
                }
            }
        }
    }

    @Test("that are wrong are told once, and so is that they are good again")
    func log() async throws {
        try await TLSUnderTest.Pair.during { pair async throws in
            let log = RecordedLog()
            var seen = SecurityWatch.Seen(users: nil, tls: FileWatch(pair.settings.files))
            let tls = try ServerTLS(pair.settings)
            let watch = SecurityWatch(
                access: nil, usersFile: nil, tls: tls, tlsFiles: nil, interval: .seconds(1), logger: log.logger)
            func look() async { for _ in 0..<4 { await watch.look(&seen) } }
            await look()
            #expect(log.lines.isEmpty)
            try pair.write("second", "crt")
            await look()
            #expect(log.lines.count == 1)
            #expect(log.lines.first?.hasPrefix("error The certificate stays as it was: The key in '") == true)
            try FileManager.default.removeItem(atPath: pair.key)
            await look()
            #expect(log.lines.count == 1)
            try pair.write("second", "key")
            await look()
            #expect(log.lines.count == 2)
            #expect(log.lines.last?.hasPrefix("notice Reloaded the certificate") == true)
        }
    }

    @Test("of users that are wrong are told once, too")
    func users() async throws {
        let log = RecordedLog()
        let path = LifetimeTests.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = { (text: String) in try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }
        try write(UsersUnderTest.text())
        var seen = SecurityWatch.Seen(users: FileWatch([path]), tls: nil)
        let access = AccessControl(try UserTable(contentsOf: path), logger: log.logger)
        let watch = SecurityWatch(
            access: access, usersFile: (path, FileWatch([path])), tls: nil, tlsFiles: nil, interval: .seconds(1),
            logger: log.logger)
        try write("users: {edge: {roles: [check], password-sha256: never-to-be-shown}}")
        for _ in 0..<4 { await watch.look(&seen) }
        #expect(log.lines.count == 1 && log.lines.first?.hasPrefix("error The users stay as they were") == true)
        #expect(!log.lines.joined().contains("never-to-be-shown"))
        #expect(access.authorize(bearer: UsersUnderTest.secret(of: "edge"), from: "here") != nil)
        try write(UsersUnderTest.text(editions: [2]))
        for _ in 0..<4 { await watch.look(&seen) }
        #expect(log.lines.last == "notice Reloaded the users file=\(path) users=4")
        #expect(access.authorize(bearer: UsersUnderTest.secret(of: "edge"), from: "here") == nil)
    }
}
#else
@Suite("Without TLS")
struct TLSTests {
    @Test("a server with a certificate or with users does not start, and says what to build")
    func refused() async throws {
        let settings = TLSSettings(certificateFile: "a", keyFile: "b")
        for configure in [{ $0.tls = settings }, { $0.usersFile = "c" }] as [(inout ServerConfiguration) -> Void] {
            let error = await #expect(throws: ServerError.self) {
                try await ServerUnderTest.run(configure: configure) { _ in Issue.record("it started") }
            }
            #expect(error?.code == .unsupported && error?.message.contains("--traits TLS") == true)
        }
    }
}
#endif
