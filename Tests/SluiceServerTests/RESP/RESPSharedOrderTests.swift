import Foundation
import NIOCore
import RedisServers
import Sluice
import Testing

@testable import SluiceServer

/// Decisions on Redis end later than they are asked for; replies leave in the order of the requests all the same.
@Suite("RESP replies that wait for decisions", .timeLimit(.minutes(10)))
struct RESPSharedOrderTests {
    @Test("leave in the order of the requests, whatever stands between them", arguments: EngineUnderTest.allCases)
    func order(engine: EngineUnderTest) async throws {
        let policies = [
            Policy("chat") { Rule("flood", by: .user, .tokenBucket(1_000, per: .hours(24))) },
            Policy("busy") { Rule("slots", .concurrency(1_000, lease: .hours(24))) },
        ]
        try await RESPServerUnderTest.run(on: engine, policies: policies) { server in
            try await server.script { address in
                let dialogue = try RESPDialogue(address)
                let rounds = 200
                var requests: [String] = []
                for round in 0..<rounds {
                    requests += [
                        "SLUICE.CHECK chat 1 user 42", "ECHO \(round)", "CL.THROTTLE k 999 1 86400", "PING",
                        "SLUICE.CHECK chta 1 user 42", "SLUICE.CHECK chat 1 agent x", "SLUICE.ACQUIRE busy",
                        "SLUICE.PEEK chat user 42",
                    ]
                }
                try dialogue.send(requests)
                for round in 0..<Int64(rounds) {
                    #expect(try dialogue.reply().integers.prefix(3) == [1, 1_000, 999 - round])
                    #expect(try dialogue.reply() == .text("\(round)"))
                    #expect(try dialogue.reply().integers.prefix(3) == [0, 1_000, 999 - round])
                    #expect(try dialogue.reply() == .text("PONG"))
                    #expect(try dialogue.reply() == .failure("ERR unknown policy 'chta' (did you mean 'chat'?)"))
                    #expect(try dialogue.reply().integers.count == 5)
                    #expect(try dialogue.reply().text.flatMap { Lease($0) } != nil)
                    #expect(try dialogue.reply().integers.prefix(3) == [1, 1_000, 999 - round])
                }
            }
            #expect(server.server.statistics.requests == 1_600 && server.server.statistics.errors == 200)
        }
    }

    @Test("are in the version that was spoken when they were asked for", arguments: EngineUnderTest.allCases)
    func versions(engine: EngineUnderTest) async throws {
        try await RESPServerUnderTest.run(on: engine) { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let check = "CL.THROTTLE k 9 1 86400\r\nSLUICE.PEEK chat agent x\r\n"
                try connection.send("\(check)HELLO 3\r\nCONFIG GET nothing\r\n\(check)RESET\r\n\(check)QUIT\r\n")
                let replies = try connection.receiveAll()
                #expect(replies.components(separatedBy: "$-1\r\n").count == 3)
                #expect(replies.components(separatedBy: "_\r\n").count == 2)
                #expect(replies.contains("%0\r\n*5\r\n") && replies.hasSuffix("$-1\r\n+OK\r\n"))
            }
        }
    }

    @Test("are bounded: beyond the bound a connection is not read from, its neighbours are, and nothing is lost")
    func backPressure() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store) {
                $0.pendingDecisions = 3
            } _: { server in
                try await server.script { address in
                    // The first decision loads the script and proves the connection.
                    let reply = try RESPDialogue(address).ask("CL.THROTTLE k 999 1 86400")
                    #expect(reply.integers.count == 5)
                }
                redis.server.pause()
                defer { redis.server.resume() }
                let connection = try await server.script { address in
                    let (connection, neighbour) = (try RawConnection(address), try RawConnection(address))
                    try connection.send(String(repeating: "CL.THROTTLE k 999 1 86400\r\n", count: 10))
                    let echo = RESPBytes.request(["ECHO", String(repeating: "x", count: 10_000)])
                    let sent = try RESPFailureTests.fill(connection, neighbour, echo)
                    // What the systems' buffers hold, far from what the client would have sent.
                    #expect(sent < 60 << 20)
                    return (connection, sent / echo.count, sent % echo.count, echo)
                }
                redis.server.resume()
                try await server.script { _ in
                    let (connection, whole, part, echo) = connection
                    for remaining in (989...998).reversed() {
                        let reply = "*5\r\n:0\r\n:1000\r\n:\(remaining)\r\n:-1\r\n:"
                        #expect(try connection.receive(reply.utf8.count) == reply)
                        _ = try connection.line()
                    }
                    let reply = "$10000\r\n\(String(repeating: "x", count: 10_000))\r\n"
                    for _ in 0..<whole { #expect(try connection.receive(reply.utf8.count) == reply) }
                    try connection.send(Array(echo[part...]))
                    #expect(try connection.receive(reply.utf8.count) == reply)
                    try connection.ask("PING\r\n", "+PONG\r\n")
                }
            }
        }
    }

    @Test("are all told to a client that says everything, closes its side and only then reads")
    func halfClosed() async throws {
        try await RESPServerUnderTest.run(on: .redis) {
            $0.pendingDecisions = 7
        } _: { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                try connection.send(String(repeating: "CL.THROTTLE k 999 1 86400\r\n", count: 1_000) + "PIN")
                connection.endOutput()
                let replies = try connection.receiveAll()
                #expect(replies.components(separatedBy: "*5\r\n").count == 1_001)
                #expect(replies.contains("*5\r\n:0\r\n:1000\r\n:0\r\n:-1\r\n"))
            }
        }
    }

    @Test("go out before a connection ends by QUIT")
    func quit() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store) { server in
                redis.server.pause()
                defer { redis.server.resume() }
                let connection = try await server.script { address in
                    let connection = try RawConnection(address)
                    try connection.send("CL.THROTTLE k 9 1 86400\r\nPING\r\nQUIT\r\nPING\r\n")
                    return connection
                }
                try await eventually("the requests are read") { server.server.statistics.requests == 3 }
                redis.server.resume()
                let replies = try await server.script { _ in try connection.receiveAll() }
                #expect(replies == "*5\r\n:0\r\n:10\r\n:9\r\n:-1\r\n:86400\r\n+PONG\r\n+OK\r\n")
            }
        }
    }

    @Test("go out before a graceful stop closes their connections")
    func drain() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store) {
                $0.pendingDecisions = 2
            } _: { server in
                redis.server.pause()
                defer { redis.server.resume() }
                let connection = try await server.script { address in
                    let connection = try RawConnection(address)
                    try connection.send(String(repeating: "CL.THROTTLE k 9 1 86400\r\n", count: 5) + "PING\r\n")
                    return connection
                }
                try await eventually("requests are read") { server.server.statistics.requests == 2 }
                let loop = server.server.loops[0]
                let drained = loop.eventLoop.flatSubmit { loop.drain() }
                redis.server.resume()
                let replies = try await server.script { _ in try connection.receiveAll() }
                #expect(replies.components(separatedBy: "*5\r\n:0\r\n").count == 6 && replies.hasSuffix("+PONG\r\n"))
                try await drained.get()
            }
        }
    }

    @Test("are dropped when their client has gone, and nobody else notices")
    func clientGone() async throws {
        try await OwnRedis.during(timeout: .seconds(60)) { redis in
            try await RESPServerUnderTest.run(on: .redis, ownStore: redis.store) { server in
                redis.server.pause()
                defer { redis.server.resume() }
                for round in 1...20 {
                    try await server.script { address in
                        let connection = try RawConnection(address)
                        try connection.send(String(repeating: "CL.THROTTLE k 999 1 86400\r\n", count: 10))
                        // Closed with unread bytes, or after everything was read: both must do.
                        if round.isMultiple(of: 2) { try connection.send("*1\r\n!") }
                    }
                }
                redis.server.resume()
                try await eventually("all connections are closed") { server.server.statistics.connections == 0 }
                let reply = try await server.script { try RESPDialogue($0).ask("CL.THROTTLE other 9 1 86400") }
                #expect(reply.integers.prefix(3) == [0, 10, 9])
            }
        }
    }
}
