import RESP
import RedisServers
import Sluice
import SluiceRedis
import Testing

#if TLS
/// Limits on a Redis that is reached by TLS only.
@Suite("A limiter reaches Redis by TLS", .timeLimit(.minutes(10)))
struct EncryptionTests {
    private func limiter(_ url: String, _ log: KeptLog = KeptLog()) throws -> SharedLimiter {
        var store = try RedisStore(url)
        store.redis.commandTimeout = .seconds(10)
        return try SharedLimiter(EveryOperation.policies, store: store, logger: log.logger)
    }

    @Test("with its own authority, a certificate of the client's, and a user of few rights", arguments: [1, 2])
    func clientCertificate(_ lanes: Int) async throws {
        let options = [DocumentedAccess.user(DocumentedAccess.words)]
        try await RedisServer.during(options: options, tls: true, clientCertificates: true) { server in
            let files = try await ServerCertificates.shared()
            let port = try #require(server.tlsPort)
            let url = "rediss://limits:secret@localhost:\(port)?ca=\(files.authority)"
            var store = try RedisStore("\(url)&cert=\(files.client)&key=\(files.clientKey)")
            store.redis.commandTimeout = .seconds(10)
            store.lanes = lanes
            let limiter = try SharedLimiter(EveryOperation.policies, store: store, logger: KeptLog().logger)
            for user in 0..<5 { try await EveryOperation(limiter: limiter).run(user: "\(user)") }
            #expect(await limiter.reachesStore())
            await limiter.shutDown()
        }
    }

    @Test("and decides without it where the certificates do not fit")
    func certificatesThatDoNotFit() async throws {
        try await RedisServer.during(tls: true, clientCertificates: true) { server in
            let files = try await ServerCertificates.shared()
            let url = "rediss://localhost:\(try #require(server.tlsPort))"
            let own = "cert=\(files.client)&key=\(files.clientKey)"
            for query in ["ca=\(files.authority)", "ca=\(files.strangeAuthority)&\(own)"] {
                let log = KeptLog()
                let limiter = try limiter("\(url)?\(query)", log)
                let decision = try await limiter.decide("rest", [.user: "42"])
                #expect(decision.isAllowed && decision.isDegraded)
                #expect(log.text.contains("Redis does not decide"), "\(log.text)")
                await limiter.shutDown()
            }
        }
    }
}
#else
@Suite("Without TLS")
struct EncryptionTests {
    @Test("a limiter decides without Redis and says how to build")
    func refused() async throws {
        let log = KeptLog()
        let store = try RedisStore("rediss://localhost:1")
        let limiter = try SharedLimiter(EveryOperation.policies, store: store, logger: log.logger)
        #expect(try await limiter.decide("rest", [.user: "42"]).isDegraded)
        #expect(log.text.contains("--traits TLS"), "\(log.text)")
        await limiter.shutDown()
    }
}
#endif
