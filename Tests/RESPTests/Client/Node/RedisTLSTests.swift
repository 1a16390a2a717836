import NIOCore
import RESP
import RedisServers
import Testing

#if TLS
@Suite("Redis is reached by TLS")
struct RedisTLSTests {
    @Test("with an authority of one's own, by name and by address", arguments: ["localhost", "127.0.0.1"])
    func ownAuthority(_ host: String) async throws {
        try await RedisServer.during(tls: true, password: "secret") { server in
            let files = try await ServerCertificates.shared()
            let url = "rediss://:secret@\(host):\(try #require(server.tlsPort))"
            try await RedisNode.during("\(url)/3?ca=\(files.authority)") { node async throws in
                #expect(try await node.execute(Redis.PING()) == "PONG")
                let value = String(repeating: "x", count: 1 << 20)
                #expect(try await node.execute(Redis.SET("a", value)))
                #expect(try await node.execute(Redis.GET("a")).map { String(buffer: $0) } == value)
            }
        }
    }

    @Test("and not if the authority is a stranger")
    func stranger() async throws {
        try await RedisServer.during(tls: true) { server in
            let files = try await ServerCertificates.shared()
            let url = "rediss://localhost:\(try #require(server.tlsPort))"
            try await RedisNode.during("\(url)?ca=\(files.strangeAuthority)") { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                #expect(error?.code == .notConnected)
            }
            try await RedisNode.during("\(url)?verify=none") { node async throws in
                #expect(try await node.execute(Redis.PING()) == "PONG")
            }
        }
    }

    @Test("and not if the certificate is another's, unless anybody's will do")
    func anothersCertificate() async throws {
        try await RedisServer.during(tls: true) { server in
            let (certificate, key) = ("\(server.folder)/other.crt", "\(server.folder)/other.key")
            let name = "elsewhere.example"
            _ = try await FinishedProgram.output(
                of: ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name)"]
                    + ["-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate])
            _ = try await server.succeed("CONFIG", "SET", "tls-cert-file", certificate, "tls-key-file", key)
            let url = "rediss://localhost:\(try #require(server.tlsPort))?ca=\(certificate)"
            try await RedisNode.during(url) { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                #expect(error?.code == .notConnected)
            }
            for query in ["verify=certificate", "server_name=\(name)"] {
                try await RedisNode.during("\(url)&\(query)") { node async throws in
                    #expect(try await node.execute(Redis.PING()) == "PONG", "\(query)")
                }
            }
        }
    }

    @Test("with a certificate of the client's own where the server asks for one")
    func clientCertificate() async throws {
        try await RedisServer.during(tls: true, clientCertificates: true) { server in
            let files = try await ServerCertificates.shared()
            let url = "rediss://localhost:\(try #require(server.tlsPort))?ca=\(files.authority)"
            try await RedisNode.during("\(url)&cert=\(files.client)&key=\(files.clientKey)") { node async throws in
                #expect(try await node.execute(Redis.PING()) == "PONG")
            }
            try await RedisNode.during(url) { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                #expect(error?.code == .notConnected)
            }
        }
    }

    @Test("and files that are not there are told")
    func missingFiles() async throws {
        for query in ["ca=/nowhere/ca.pem", "cert=/nowhere/c.pem&key=/nowhere/k.pem"] {
            try await RedisNode.during("rediss://localhost:1?\(query)") { node async throws in
                let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
                #expect(error?.code == .invalidConfiguration)
            }
        }
    }
}
#else
@Suite("Without TLS")
struct RedisTLSTests {
    @Test("rediss:// is refused with what to do")
    func refused() async throws {
        try await RedisNode.during("rediss://localhost:1") { node async throws in
            let error = await #expect(throws: RedisError.self) { try await node.execute(Redis.PING()) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("--traits TLS") == true)
        }
    }
}
#endif
