import Foundation
import NIOCore
import Testing

@testable import SluiceServer

#if TLS
@Suite("Hostile clients of encrypted ports", .timeLimit(.minutes(10)))
struct HostileTLSTests {
    /// The beginning of a handshake: a record of 512 bytes is announced.
    private static let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]

    @Test(
        "that never finish the handshake are closed after their time, however many; one who does is served",
        arguments: [[], Array(hello[..<1]), hello, Array("GET / HTTP/1.1\r\n\r\n".utf8)])
    func handshakesHTTP(bytes: [UInt8]) async throws {
        let settings = try await TLSUnderTest.settings()
        let client = try TLSUnderTest.client()
        try await ServerUnderTest.run {
            $0.maximumConnections = 20
            $0.handshakeTimeout = .milliseconds(200)
        } configure: {
            $0.tls = settings
        } _: { server async throws in
            guard case .tcp(let host, let port) = server.http else { return }
            let address = try SocketAddress(ipAddress: host, port: port)
            try await TestConnection.with(server.http, preparing: client) { good async throws in
                func serve() async throws {
                    try await good.send(ServerUnderTest.check("free"))
                    #expect(try await good.reply().status == 200)
                }
                try await serve()
                let idle = try (0..<19).map { _ in try RawConnection(address) }
                for connection in idle { try? connection.send(bytes) }
                for _ in 0..<20 { try await serve() }
                for connection in idle {
                    // An alert at most; a reset is an end, too.
                    let told = (try? await Self.onThread { try connection.receiveAll() }) ?? ""
                    #expect(told.utf8.count < 30)
                }
                try await serve()
                // All seats are free again but one.
                for _ in 0..<19 {
                    var isServed = false
                    while !isServed {
                        isServed = try await Self.isServed(server, client)
                    }
                }
            }
        }
    }

    private static func isServed(
        _ server: ServerUnderTest, _ client: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Bool {
        try await TestConnection.with(server.http, preparing: client) { connection in
            try? await connection.send(ServerUnderTest.text("GET", "/healthz"))
            return (try? await connection.reply().status) == 200
        }
    }

    private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
        -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    @Test("are closed by the Redis protocol's port, too, which then counts nobody")
    func handshakesRESP() async throws {
        let tls = try ServerTLS(try await TLSUnderTest.settings())
        let client = try TLSUnderTest.client()
        try await RESPServerUnderTest.run(security: ServerSecurity(tls: tls)) {
            $0.maximumConnections = 20
            $0.handshakeTimeout = .milliseconds(200)
        } _: { server async throws in
            let address = ListenAddress.tcp(host: "127.0.0.1", port: server.port)
            try await TestConnection.with(address, preparing: client) { good async throws in
                try await good.send("ECHO first\r\n")
                try await good.text(until: "first\r\n")
                let idle = try (0..<19).map { _ in try RawConnection(server.address) }
                for (index, connection) in idle.enumerated() where index % 2 == 0 { try connection.send(Self.hello) }
                try await good.send("ECHO second\r\n")
                try await good.text(until: "second\r\n")
                // One too many is closed without a word: a handshake would cost more than it is worth.
                while server.server.statistics.connections < 20 { await Task.yield() }
                let refused = try await server.script { try RawConnection($0).receiveAll() }
                #expect(refused.isEmpty)
                for connection in idle { _ = try? await server.script { _ in try connection.receiveAll() } }
                while server.server.statistics.connections > 1 { await Task.yield() }
                try await good.send("ECHO third\r\n")
                try await good.text(until: "third\r\n")
            }
            while server.server.statistics.connections > 0 { await Task.yield() }
        }
    }
}
#endif
