import NIOCore
import NIOEmbedded
import Testing

@testable import RESP

@Suite("One node")
struct RedisNodeTests {
    private let server = EmbeddedServer()
    private let replies = RecordedReplies()

    @discardableResult
    private func send(
        _ name: String, to node: RedisNode, within milliseconds: Int64 = 250, replies count: Int = 1
    ) -> RedisNode.Ticket? {
        var writer = RequestWriter()
        writer.command("ECHO", arguments: 1)
        writer.argument(name)
        return node.send(
            writer.buffer, replies: count, deadline: server.deadline(milliseconds: milliseconds),
            completion: replies.completion(name))
    }

    private func ready() throws -> RedisNode {
        let node = server.node()
        node.connect()
        try server.welcome()
        #expect(node.status == .ready)
        return node
    }

    @Test("it connects with the first command, which waits for it")
    func lazy() throws {
        let node = server.node()
        var seen: [RedisNode.Status] = []
        node.onStatusChange = { seen.append($0) }
        #expect(node.status == .idle)
        #expect(server.attempts == 0)
        send("a", to: node)
        send("b", to: node)
        #expect(server.write() == ["HELLO", "3"])
        #expect(server.write() == nil)
        try server.answer("%0\r\n")
        #expect(server.write() == ["ECHO", "a", "ECHO", "b"])
        try server.answer("+1\r\n+2\r\n")
        #expect(replies.told == ["a: 1", "b: 2"])
        #expect(seen == [.connecting, .ready])
        #expect(node.version == .three)
    }

    @Test("all commands of one turn leave in one write")
    func oneWrite() throws {
        let node = try ready()
        for index in 0..<100 { send("\(index)", to: node) }
        #expect(server.write()?.count == 200)
        #expect(server.write() == nil)
        #expect(node.statistics.connections.batches == 1)
        try server.answer(String(repeating: "+x\r\n", count: 100))
        #expect(replies.told.count == 100)
        #expect(node.statistics.queued == 0)
    }

    @Test("commands that replies bring about leave in one write too")
    func chained() throws {
        let node = try ready()
        for name in ["a", "b", "c"] {
            node.send(Redis.PING(), deadline: server.deadline(milliseconds: 250)) { _ in send(name, to: node) }
        }
        _ = server.write()
        try server.answer("+PONG\r\n+PONG\r\n+PONG\r\n")
        #expect(server.write() == ["ECHO", "a", "ECHO", "b", "ECHO", "c"])
    }

    @Test("a reply in pieces, pushes, and late replies go to whom they belong")
    func pieces() throws {
        let node = try ready()
        send("a", to: node, within: 100)
        send("b", to: node)
        _ = server.write()
        try server.answer("$5\r\nhe")
        server.wait(milliseconds: 150)
        #expect(replies.told == ["a: timedOut, may have run"])
        try server.answer("llo\r\n>1\r\n+push\r\n$2\r")
        try server.answer("\nok\r\n")
        #expect(replies.told == ["a: timedOut, may have run", "b: ok"])
        #expect(node.status == .ready)
    }

    @Test("when the connection is lost, what was sent may have run and what comes is refused at once")
    func lost() throws {
        let node = try ready()
        send("sent", to: node)
        _ = server.write()
        send("unsent", to: node)
        server.channels.last?.pipeline.fireChannelInactive()
        #expect(replies.told == ["sent: connectionLost, may have run", "unsent: notConnected"])
        send("later", to: node)
        #expect(replies.told.last == "later: notConnected")
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 100)))
        server.wait(milliseconds: 100)
        #expect(node.status == .connecting)
        send("connecting", to: node)
        #expect(replies.told.last == "connecting: notConnected")
        try server.welcome()
        #expect(node.status == .ready)
        // Nothing was kept to be sent again.
        #expect(server.write() == nil)
        #expect(node.statistics.refusedUnconnected == 2)
        #expect(node.statistics.lost == 1)
        #expect(node.statistics.connected == 2)
    }

    @Test("waits double while connecting fails, and begin anew once a command was answered")
    func backOff() throws {
        server.refuses = true
        let node = server.node()
        send("first", to: node)
        server.eventLoop.run()
        #expect(replies.told == ["first: notConnected"])
        for expected: Int64 in [100, 200, 400, 800, 1_000, 1_000] {
            let attempts = server.attempts
            #expect(node.status == .backingOff(until: server.deadline(milliseconds: expected)))
            server.wait(milliseconds: expected - 1)
            #expect(server.attempts == attempts)
            server.wait(milliseconds: 1)
            #expect(server.attempts == attempts + 1)
        }
        server.refuses = false
        server.wait(milliseconds: 1_000)
        try server.welcome()
        server.hangUp()
        // Ready but never of use: the waits go on from where they were.
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 1_000)))
        server.wait(milliseconds: 1_000)
        try server.welcome()
        send("works", to: node)
        _ = server.write()
        try server.answer("+1\r\n")
        server.hangUp()
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 100)))
        #expect(node.statistics.failedAttempts == 7)
    }

    @Test("connecting that takes for ever is given up, wherever it is stuck", arguments: [true, false])
    func stuck(_ isSilent: Bool) {
        server.isSilent = isSilent
        let node = server.node()
        send("a", to: node, within: 5_000)
        server.wait(milliseconds: 999)
        #expect(replies.told.isEmpty)
        server.wait(milliseconds: 1)
        #expect(replies.told == ["a: notConnected"])
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 100)))
        if !isSilent { #expect(server.channels.last?.isActive == false) }
    }

    @Test("a command that is not sent before its deadline has not run")
    func unsent() {
        server.isSilent = true
        let node = server.node()
        send("a", to: node, within: 100)
        server.wait(milliseconds: 100)
        #expect(replies.told == ["a: timedOut"])
        #expect(node.statistics.connections.timedOut == 1)
    }

    @Test("a server that stops answering is left for a new connection")
    func dead() throws {
        let node = try ready()
        send("a", to: node, within: 100)
        _ = server.write()
        server.wait(milliseconds: 100)
        #expect(replies.told == ["a: timedOut, may have run"])
        server.wait(milliseconds: 1_000)
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 100)))
        #expect(server.channels.last?.isActive == false)
        server.wait(milliseconds: 100)
        try server.welcome()
        #expect(node.status == .ready)
    }

    @Test("cancelling leaves neighbours alone, and a ticket of a connection that is gone means nothing")
    func cancelling() throws {
        let node = try ready()
        let a = try #require(send("a", to: node))
        send("b", to: node)
        _ = server.write()
        node.cancel(a)
        node.cancel(a)
        try server.answer("+1\r\n+2\r\n")
        #expect(replies.told == ["a: cancelled, may have run", "b: 2"])
        server.hangUp()
        server.wait(milliseconds: 100)
        try server.welcome()
        send("c", to: node)
        node.cancel(a)
        _ = server.write()
        try server.answer("+3\r\n")
        #expect(replies.told.last == "c: 3")
    }

    @Test("closing finishes what is in flight and refuses what comes")
    func closing() throws {
        let node = try ready()
        send("a", to: node)
        node.close()
        node.close()
        #expect(node.status == .closed)
        send("b", to: node)
        #expect(server.write() == ["ECHO", "a"])
        try server.answer("+1\r\n")
        #expect(replies.told == ["b: closed", "a: 1"])
        #expect(server.channels.last?.isActive == false)
        send("c", to: node)
        #expect(replies.told.last == "c: closed")
        server.wait(milliseconds: 10_000)
        #expect(server.attempts == 1)
    }

    @Test("closing while it connects, waits or was never used ends it at once")
    func closingEarly() throws {
        let idle = server.node()
        idle.close()
        send("idle", to: idle)
        server.isSilent = true
        let connecting = server.node()
        send("connecting", to: connecting)
        connecting.close()
        server.isSilent = false
        server.refuses = true
        let waiting = server.node()
        waiting.connect()
        server.eventLoop.run()
        waiting.close()
        server.wait(milliseconds: 10_000)
        #expect(replies.told == ["idle: closed", "connecting: closed"])
        #expect(server.attempts == 2)
    }

    @Test("a server that talks nonsense is left", arguments: ["HTTP/1.1 400\r\n", "*1\r\n>1\r\n", "+unasked\r\n"])
    func nonsense(_ text: String) throws {
        let node = try ready()
        try server.answer(text)
        #expect(node.status == .backingOff(until: server.deadline(milliseconds: 100)))
        send("a", to: node)
        #expect(replies.errors.last?.cause is RedisError)
    }

    @Test("a refused password is told to whoever sends")
    func refusedPassword() throws {
        let node = server.node { $0.credentials = RedisCredentials(password: "hunter2") }
        send("first", to: node)
        #expect(server.write() == ["HELLO", "3", "AUTH", "default", "hunter2"])
        try server.answer("-WRONGPASS invalid username-password pair\r\n")
        send("second", to: node)
        #expect(replies.told == ["first: handshakeFailed", "second: handshakeFailed"])
        for error in replies.errors {
            #expect("\(error)".contains("refuses the password"))
            #expect(!"\(error)".contains("hunter2"))
        }
    }

    @Test("a slow reader's commands are held back, and time out without having been sent")
    func backPressure() throws {
        let node = try ready()
        let channel = try #require(server.channels.last)
        channel.isWritable = false
        send("a", to: node, within: 100)
        send("b", to: node, within: 300)
        #expect(server.write() == nil)
        server.wait(milliseconds: 100)
        #expect(replies.told == ["a: timedOut"])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(server.write() == ["ECHO", "b"])
    }

    @Test("whoever is told of an end may close and send")
    func reentrant() throws {
        let node = try ready()
        node.send(Redis.PING(), deadline: server.deadline(milliseconds: 250)) { _ in
            send("again", to: node)
            node.close()
        }
        _ = server.write()
        server.hangUp()
        #expect(replies.told == ["again: notConnected"])
        #expect(node.status == .closed)
        server.wait(milliseconds: 10_000)
        #expect(server.attempts == 1)
    }
}
