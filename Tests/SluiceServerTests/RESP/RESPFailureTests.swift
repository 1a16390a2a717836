import NIOCore
import RESP
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

/// The rows of the failure table that concern this transport, on a running server.
@Suite("RESP failures", .timeLimit(.minutes(10)))
struct RESPFailureTests {
    @Test(
        "bytes that are not the protocol are told so, and end that connection only",
        arguments: [
            ("*1\r\nPING\r\n", "expected '$', got 'P'"), ("*x\r\n", "invalid multibulk length"),
            ("*1\r\n$9999999\r\n", "invalid bulk length"), ("\"a\r\n", "unbalanced quotes in request"),
            ("GET / HTTP/1.1\r\n*1\r\n!\r\n", "expected '$', got '!'"),
        ])
    func violation(bytes: String, message: String) async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let neighbour = try RawConnection(address)
                try neighbour.ask("PING\r\n", "+PONG\r\n")
                let connection = try RawConnection(address)
                try connection.send("PING\r\n" + bytes)
                let reply = try connection.receiveAll()
                #expect(reply.hasPrefix("+PONG\r\n") && reply.hasSuffix("-ERR Protocol error: \(message)\r\n"))
                try neighbour.ask("PING\r\n", "+PONG\r\n")
            }
        }
    }

    @Test("a wrong request is an error, and its connection lives on")
    func commandErrors() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                try connection.ask(
                    "sluice.check chta 1 user 1\r\n", "-ERR unknown policy 'chta' (did you mean 'chat'?)\r\n")
                try connection.ask("cl.throttle k 1 x 1\r\n", "-Cell error: Couldn't parse as integer: x\r\n")
                let key = String(repeating: "k", count: 1_025)
                try connection.ask("cl.throttle \(key) 1 1 1\r\n", "-Cell error: Key is longer than 1024 bytes\r\n")
                let many = "sluice.check chat 1" + String(repeating: " user 1", count: 17)
                try connection.ask("\(many)\r\n", "-ERR the descriptor has 17 entries; at most 16 are accepted\r\n")
                try connection.ask("DBSIZE\r\n", ":0\r\n")
            }
            #expect(server.server.statistics.errors == 4)
        }
    }

    @Test("a request over 512 KiB is refused, also while it is still being sent")
    func tooLong() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let word = String(repeating: "x", count: 200_000)
                let part = "$200000\r\n\(word)\r\n"
                // Three of them are too long; more follow, and must not cost the client the reply.
                try connection.send("*20\r\n" + part + part + part + part)
                #expect(try connection.receiveAll() == "-ERR Protocol error: too big request\r\n")
                try RawConnection(address).ask("DBSIZE\r\n", ":0\r\n")
            }
        }
    }

    @Test("one client too many is told so and closed; when another leaves there is room")
    func tooManyConnections() async throws {
        try await RESPServerUnderTest.run {
            $0.maximumConnections = 2
        } _: { server in
            try await server.script { address in
                let first = try RawConnection(address)
                try first.ask("PING\r\n", "+PONG\r\n")
                do {
                    let second = try RawConnection(address)
                    try second.ask("PING\r\n", "+PONG\r\n")
                    let third = try RawConnection(address)
                    #expect(try third.receiveAll() == "-ERR max number of clients reached\r\n")
                }
                // The server hears of their closing on its loop; asking there means waiting for nothing but that.
                while server.server.statistics.connections > 1 { try first.ask("PING\r\n", "+PONG\r\n") }
                try RawConnection(address).ask("PING\r\n", "+PONG\r\n")
            }
            #expect(server.server.statistics.refused == 1)
        }
    }

    @Test("an idle client is closed after its time, another is not")
    func idle() async throws {
        try await RESPServerUnderTest.run { server in
            let (idle, busy) = try await server.script { address in
                let pair = (try RawConnection(address), try RawConnection(address))
                try pair.0.ask("PING\r\n", "+PONG\r\n")
                try pair.1.ask("PING\r\n", "+PONG\r\n")
                return pair
            }
            server.time.advance(by: .seconds(299))
            await server.server.closeLate()
            try await server.script { _ in try busy.ask("PING\r\n", "+PONG\r\n") }
            server.time.advance(by: .seconds(1))
            await server.server.closeLate()
            try await server.script { _ in
                #expect(try idle.receiveAll().isEmpty)
                try busy.ask("PING\r\n", "+PONG\r\n")
            }
        }
    }

    @Test("a client that sends a request byte by byte for too long is closed")
    func slow() async throws {
        try await RESPServerUnderTest.run { server in
            let slow = try await server.script { address in
                let connection = try RawConnection(address)
                // One write, so its end has been read when its beginning is answered.
                try connection.ask("PING\r\n*1\r\n$40\r\n", "+PONG\r\n")
                return connection
            }
            for _ in 0..<29 {
                server.time.advance(by: .seconds(1))
                await server.server.closeLate()
                try slow.send("x")
            }
            #expect(server.server.statistics.connections == 1)
            server.time.advance(by: .seconds(1))
            await server.server.closeLate()
            #expect(server.server.statistics.connections == 0)
        }
    }

    /// Sends until the server takes no more, though it has had its turns.
    static func fill(_ connection: RawConnection, _ neighbour: RawConnection, _ request: [UInt8]) throws -> Int {
        var sent = 0
        var offset = 0
        var turnsInVain = 0
        while turnsInVain < 100, sent < 64 << 20 {
            let taken = connection.sendWithoutWaiting(Array(request[offset...]))
            sent += taken
            offset = (offset + taken) % request.count
            turnsInVain = taken == 0 ? turnsInVain + 1 : 0
            try neighbour.ask("PING\r\n", "+PONG\r\n")
        }
        // To the end of the request that was begun.
        return sent
    }

    @Test("a client that does not read is not read from, and gets every reply when it does")
    func backPressure() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address, receiveBuffer: 4_096)
                let neighbour = try RawConnection(address)
                let word = String(repeating: "x", count: 10_000)
                let request = RESPBytes.request(["ECHO", word])
                let sent = try Self.fill(connection, neighbour, request)
                // What the systems' buffers hold, far from what the client would have sent.
                #expect(sent < 60 << 20)
                let whole = sent / request.count
                let reply = "$10000\r\n\(word)\r\n"
                for _ in 0..<whole { #expect(try connection.receive(reply.utf8.count) == reply) }
                try connection.send(Array(request[(sent % request.count)...]))
                #expect(try connection.receive(reply.utf8.count) == reply)
                try connection.ask("PING\r\n", "+PONG\r\n")
            }
        }
    }

    @Test("a client that does not take its replies is closed after its time")
    func stalled() async throws {
        try await RESPServerUnderTest.run { server in
            let stalled = try await server.script { address in
                let connection = try RawConnection(address, receiveBuffer: 4_096)
                let neighbour = try RawConnection(address)
                _ = try Self.fill(
                    connection, neighbour, RESPBytes.request(["ECHO", String(repeating: "x", count: 10_000)]))
                return connection
            }
            server.time.advance(by: .seconds(29))
            await server.server.closeLate()
            #expect(server.server.statistics.connections >= 1)
            server.time.advance(by: .seconds(1))
            await server.server.closeLate()
            _ = try? await server.script { _ in try stalled.receiveAll() }
            while server.server.statistics.connections > 0 { await server.server.closeLate() }
        }
    }

    @Test("a pipeline beyond its bound, of a client that does not read, is refused or answered whole, never grown for")
    func pipelineBound() async throws {
        try await RESPServerUnderTest.run {
            $0.waitingBytes = 30_000
        } _: { server in
            let (sent, reply) = try await server.script { address in
                let connection = try RawConnection(address, receiveBuffer: 4_096)
                let neighbour = try RawConnection(address)
                let sent = try Self.fill(
                    connection, neighbour, RESPBytes.request(["ECHO", String(repeating: "x", count: 10_000)]))
                // Its closing makes the system hand over everything that lies there.
                connection.endOutput()
                return (sent, try connection.receiveAll())
            }
            // Whether the server sees the end before the client begins to read is up to the system.
            let refusal = "-ERR Protocol error: too many requests wait for their replies to be read\r\n"
            let request = RESPBytes.request(["ECHO", String(repeating: "x", count: 10_000)])
            let answer = "$10000\r\n" + String(repeating: "x", count: 10_000) + "\r\n"
            let whole = sent / request.count * answer.utf8.count
            let isRefused = reply.hasSuffix(refusal)
            #expect(
                isRefused ? reply.utf8.count <= whole + refusal.utf8.count : reply.utf8.count == whole,
                "\(sent) bytes sent for \(whole), got \(reply.utf8.count), ending in \(reply.suffix(90))")
        }
    }
}
