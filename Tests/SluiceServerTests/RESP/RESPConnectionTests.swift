import Dispatch
import Logging
import NIOCore
import NIOEmbedded
import RESP
import Sluice
import Testing

@testable import SluiceServer

@Suite("RESP connections", .timeLimit(.minutes(10)))
struct RESPConnectionTests {
    @Test("answer requests that arrive in any pieces")
    func pieces() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let request = RESPBytes.request(["ECHO", "hello, world"])
                for cut in 0...request.count {
                    try connection.send(Array(request[..<cut]))
                    try connection.send(Array(request[cut...]))
                    #expect(try connection.receive(19) == "$12\r\nhello, world\r\n")
                }
                for byte in request { try connection.send([byte]) }
                #expect(try connection.receive(19) == "$12\r\nhello, world\r\n")
            }
        }
    }

    @Test("answer a pipeline of thousands in order, and what is behind the cut of a read")
    func pipeline() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let (requests, replies) = RESPBytes.echoes(5_000)
                try connection.send(requests)
                #expect(try connection.receive(replies.count) == String(decoding: replies, as: UTF8.self))
            }
            #expect(server.server.statistics.requests == 5_000)
        }
    }

    @Test("answer a pipeline whose replies are more than are made at once, though nothing more arrives")
    func manyReplies() async throws {
        try await RESPServerUnderTest.run {
            $0.replyBytes = 1_000
        } _: { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let (requests, replies) = RESPBytes.echoes(500)
                try connection.send(requests)
                #expect(try connection.receive(replies.count) == String(decoding: replies, as: UTF8.self))
                try connection.ask("PING\r\n", "+PONG\r\n")
            }
        }
    }

    @Test("answer once what waits, though NIO gets rid of earlier replies the moment that it is given them")
    func writtenAtOnce() throws {
        let channel = EmbeddedChannel()
        var configuration = RESPConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
        configuration.replyBytes = 1_000
        let counters = RESPCounters()
        let engine = DecisionEngine.memory(try Limiter([], store: MemoryStore(capacity: 1_024)))
        let loop = RESPLoop(
            eventLoop: channel.eventLoop, engine: engine, configuration: configuration,
            shared: RESPShared(counters: [counters]), counters: counters, logger: Logger(label: "test"))
        // It has no socket of its own, so every reply goes NIO's way, and is written at once.
        try channel.pipeline.syncOperations.addHandler(RESPConnection(loop: loop, channel: channel))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let (requests, replies) = RESPBytes.echoes(500)
        try channel.writeInbound(ByteBuffer(bytes: requests))
        var written: [UInt8] = []
        while let some = try channel.readOutbound(as: ByteBuffer.self) { written += some.readableBytesView }
        #expect(written == replies)
        _ = try channel.finish()
    }

    @Test("answer a request of nearly 512 KiB, and of every size around a read")
    func large() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                for size in [16_350, 16_361, 16_362, 16_363, 16_384, 100_000, (512 << 10) - 40] {
                    let word = String(repeating: "x", count: size)
                    try connection.send(RESPBytes.request(["ECHO", word]))
                    let reply = "$\(size)\r\n\(word)\r\n"
                    #expect(try connection.receive(reply.utf8.count) == reply)
                }
            }
        }
    }

    @Test(
        "decide all requests of a read at one moment, and by each other's charges", arguments: EngineUnderTest.allCases)
    func decisions(engine: EngineUnderTest) async throws {
        try await RESPServerUnderTest.run(on: engine) { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                let request = RESPBytes.request(["CL.THROTTLE", "k", "1", "1", "60"])
                try connection.send(request + request + request)
                let replies =
                    "*5\r\n:0\r\n:2\r\n:1\r\n:-1\r\n:60\r\n*5\r\n:0\r\n:2\r\n:0\r\n:-1\r\n:120\r\n"
                    + "*5\r\n:1\r\n:2\r\n:0\r\n:60\r\n:120\r\n"
                #expect(try connection.receive(replies.utf8.count) == replies)
            }
        }
    }

    @Test("end after QUIT, with its reply and nothing more")
    func quit() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                try connection.send("PING\r\nQUIT\r\nPING\r\n")
                #expect(try connection.receiveAll() == "+PONG\r\n+OK\r\n")
            }
        }
    }

    @Test("answer a client that says everything, closes its side and only then reads")
    func halfClosed() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let connection = try RawConnection(address)
                try connection.send(String(repeating: "PING\r\n", count: 1_000) + "PIN")
                connection.endOutput()
                #expect(try connection.receiveAll() == String(repeating: "+PONG\r\n", count: 1_000))
            }
        }
    }

    @Test("speak over a Unix socket, whose file goes when the server goes")
    func unixSocket() async throws {
        let path = "/tmp/sluice-test-\(UInt64.random(in: .min ... .max)).sock"
        try await RESPServerUnderTest.run(at: .unix(path: path)) { server in
            try await server.script { try RawConnection($0).ask("PING\r\n", "+PONG\r\n") }
        }
        #expect(throws: RawConnection.Failure.self) {
            try RawConnection(SocketAddress(unixDomainSocketPath: path))
        }
    }

    @Test("tell apart by number, name and version")
    func sessions() async throws {
        try await RESPServerUnderTest.run { server in
            try await server.script { address in
                let first = try RawConnection(address)
                try first.ask("CLIENT ID\r\n", ":1\r\n")
                let second = try RawConnection(address)
                try second.ask("CLIENT ID\r\n", ":2\r\n")
                try first.ask("CLIENT SETNAME one\r\n", "+OK\r\n")
                try second.ask("CLIENT GETNAME\r\n", "$-1\r\n")
                try second.send("HELLO 3\r\n")
                _ = try second.receive(2)
                try first.ask("CLIENT GETNAME\r\n", "$3\r\none\r\n")
                try first.ask("CONFIG GET nothing\r\n", "*0\r\n")
            }
        }
    }

    @Test("are answered for what has arrived when the server stops, and then closed")
    func shutdown() async throws {
        try await RESPServerUnderTest.run { server in
            let connection = try await server.script { address in
                let connection = try RawConnection(address)
                try connection.ask("PING\r\n", "+PONG\r\n")
                return connection
            }
            let loop = server.server.loops[0]
            let isSent = DispatchSemaphore(value: 0)
            // The loop is held, so the request lies unread in the system when the transport begins to stop.
            let drained = loop.eventLoop.flatSubmit {
                isSent.wait()
                return loop.drain()
            }
            try connection.send("ECHO last\r\n")
            isSent.signal()
            #expect(try await server.script { _ in try connection.receiveAll() } == "$4\r\nlast\r\n")
            try await drained.get()
            #expect(server.server.statistics.connections == 0)
        }
    }

    @Test("of many clients at once are served on several event loops", arguments: EngineUnderTest.allCases)
    func manyClients(engine: EngineUnderTest) async throws {
        try await RESPServerUnderTest.run(on: engine, threads: 2) { server in
            try await withThrowingTaskGroup { group in
                for client in 0..<20 {
                    group.addTask {
                        try await server.script { address in
                            let connection = try RawConnection(address)
                            for index in 0..<50 {
                                let remaining = 49 - index
                                let reply = "*5\r\n:0\r\n:50\r\n:\(remaining)\r\n:-1\r\n:\(index + 1)\r\n"
                                try connection.ask("CL.THROTTLE k\(client) 49 1 1\r\n", reply)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.server.statistics.requests == 1_000)
            #expect(server.server.statistics.accepted == 20)
        }
    }
}
