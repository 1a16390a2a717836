import Foundation
import NIOCore
import RedisServers
import Synchronization
import Testing

@testable import SluiceServer

/// Clients that mean harm, on a running server: others are served meanwhile, and afterwards nothing is left of them.
@Suite("Hostile HTTP clients", .timeLimit(.minutes(10)))
struct HostileHTTPTests {
    private static let seats = 24
    private static let slow = 8

    /// How many hostile clients have been closed.
    private final class Ended: Sendable {
        let count = Atomic(0)
    }

    /// Runs a server with few seats and short times, and checks that all seats are free in the end.
    private static func run(
        limits: (inout HTTPLimits) -> Void = { _ in }, _ body: (ServerUnderTest, TestConnection) async throws -> Void
    ) async throws {
        try await ServerUnderTest.run {
            $0.maximumConnections = seats
            $0.lingerTimeout = .milliseconds(20)
            limits(&$0)
        } _: { server async throws in
            try await TestConnection.with(server.http) { good async throws in
                try await serve(good)
                try await body(server, good)
                try await serve(good)
            }
            try await everySeatIsFree(server)
        }
    }

    /// A well-behaved client is served.
    private static func serve(_ good: TestConnection) async throws {
        try await good.send(ServerUnderTest.check("free"))
        #expect(try await good.reply().status == 200)
    }

    /// As many clients as may be here at once are: none of those before is still counted.
    private static func everySeatIsFree(_ server: ServerUnderTest, but taken: Int = 0) async throws {
        func sit(_ others: Int) async throws -> Bool {
            guard others > 0 else { return true }
            return try await server.connect { connection async throws in
                try? await connection.send(ServerUnderTest.text("GET", "/healthz"))
                guard (try? await connection.reply().status) == 200 else { return false }
                return try await sit(others - 1)
            }
        }
        // The server learns in its own time that somebody has gone.
        while try await !sit(seats - taken) {}
    }

    @Test(
        "that send a head or a body byte by byte are closed after their time",
        arguments: [
            "GET /", "POST /v1/check HTTP/1.1\r\nX: ", "POST /v1/check HTTP/1.1\r\nContent-Length: 60000\r\n\r\n",
            "POST /v1/refund HTTP/1.1\r\nContent-Length: 60000\r\n\r\n",
            "POST /v1/refund HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        ])
    func slowloris(beginning: String) async throws {
        let isHead = !beginning.contains("\r\n\r\n")
        // Long enough for the good client, who is as busy as he can be.
        try await Self.run(limits: {
            if isHead { $0.idleTimeout = .seconds(2) } else { $0.requestTimeout = .milliseconds(300) }
        }) { server, good async throws in
            let ended = Ended()
            try await withThrowingTaskGroup { group in
                for _ in 0..<Self.slow {
                    group.addTask {
                        defer { ended.count.add(1, ordering: .relaxed) }
                        try await TestConnection.with(server.http) { slow in
                            try? await slow.send(beginning)
                            // A byte for each request of somebody else: slow, without a look at a clock.
                            try await TestConnection.with(server.http) { other in
                                while slow.channel.isActive, (try? await slow.send("a")) != nil {
                                    try await Self.serve(other)
                                }
                            }
                            let rest = try await slow.rest()
                            #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 408 "), "\(rest)")
                        }
                    }
                }
                group.addTask {
                    defer { ended.count.add(1, ordering: .relaxed) }
                    try await Self.knock(server)
                }
                while ended.count.load(ordering: .relaxed) <= Self.slow { try await Self.serve(good) }
                try await group.waitForAll()
            }
        }
    }

    /// Others come and go meanwhile.
    private static func knock(_ server: ServerUnderTest) async throws {
        for _ in 0..<20 {
            let answer = try await TestConnection.with(server.http) { connection async throws in
                try? await connection.send(ServerUnderTest.text("GET", "/healthz", fields: ["Connection: close"]))
                return try await connection.rest()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(
        "that send too much are refused before it is read",
        arguments: [
            ("GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 200))\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "x", count: 40_000)): a\r\n\r\n", 431),
            ("POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n", 413),
            ("POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
            ("POST /v1/leases HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
        ])
    func oversize(request: String, status: Int) async throws {
        try await Self.run { server, good async throws in
            for _ in 0..<Self.seats * 2 {
                let rest = try await TestConnection.with(server.http) { connection async throws in
                    try? await connection.send(request)
                    return try await connection.rest()
                }
                #expect(rest.hasPrefix("HTTP/1.1 \(status) "), "\(rest.prefix(200))")
                try await Self.serve(good)
            }
        }
    }

    @Test("that ask without end and read nothing are not read from, and closed after their time")
    func pipelineBomb() async throws {
        try await Self.run(limits: { $0.writeTimeout = .milliseconds(300) }) { server, good async throws in
            guard case .tcp(let host, let port) = server.http else { return }
            let address = try SocketAddress(ipAddress: host, port: port)
            let request = Array(String(repeating: ServerUnderTest.check("free"), count: 100).utf8)
            let bombs = try (0..<4).map { _ in try RawConnection(address, receiveBuffer: 4_096) }
            var sent = [0, 0, 0, 0]
            for _ in 0..<200 {
                for (index, bomb) in bombs.enumerated() where sent[index] < 64 << 20 {
                    sent[index] += bomb.sendWithoutWaiting(request)
                }
                try await Self.serve(good)
            }
            // What the systems' buffers hold, far from what they would have sent.
            for count in sent { #expect(count < 60 << 20) }
            // They are closed though they hold on.
            try await Self.everySeatIsFree(server, but: 1)
            withExtendedLifetime(bombs) {}
        }
    }

    @Test("that send a body compressed are refused by its head: nothing is ever decompressed")
    func compressionBomb() async throws {
        try await Self.run { server, good async throws in
            guard case .tcp(_, let port) = server.http else { return }
            for path in ["check", "check/stream", "refund", "leases"] {
                let bomb = "head -c 1048576 /dev/zero | gzip | curl -s -w '%{http_code}' --data-binary @- "
                let answer = try await FinishedProgram.output(
                    of: ["bash", "-c", bomb + "-H 'Content-Encoding: gzip' http://127.0.0.1:\(port)/v1/\(path)"])
                #expect(answer.contains("without a Content-Encoding") && answer.hasSuffix("415"), "\(answer)")
                try await Self.serve(good)
            }
            for encoding in ["gzip", "br", "identity, gzip", "GZIP", "x"] {
                let reply = try await server.request(
                    "POST", "/v1/check", "{}", fields: ["Content-Encoding: \(encoding)"])
                #expect(reply.status == 415)
            }
            for encoding in ["identity", "Identity"] {
                let reply = try await server.request(
                    "POST", "/v1/check", "{}", fields: ["Content-Encoding: \(encoding)"])
                #expect(reply.status == 400)
            }
            // Compressed without saying so, it is not JSON.
            let reply = try await server.request("POST", "/v1/check", "\u{1f}\u{8b}\u{8}")
            #expect(reply.status == 400)
        }
    }

    @Test("that come in crowds are refused, and leave no trace")
    func crowd() async throws {
        try await Self.run { server, good async throws in
            for _ in 0..<5 {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<Self.seats * 3 {
                        group.addTask { _ = try? await server.request("GET", "/healthz") }
                    }
                    for _ in 0..<20 { try await Self.serve(good) }
                    try await group.waitForAll()
                }
            }
        }
    }
}
