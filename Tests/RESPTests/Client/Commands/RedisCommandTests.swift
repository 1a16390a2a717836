import NIOCore
import RESP
import Testing

@Suite("Commands are written as Redis reads them")
struct RedisCommandTests {
    /// The words of a command, read back by the server's own parser.
    private func words(_ command: some RedisCommand) -> [String] {
        Reading(Array(command.encoded().readableBytesView)).texts.first ?? []
    }

    @Test("with all their arguments")
    func arguments() {
        let bytes = ByteBuffer(bytes: [0x61, 0x0d, 0x0a])
        let ann = RedisCredentials(username: "ann", password: "p w")
        #expect(words(Redis.PING()) == ["PING"])
        #expect(words(Redis.GET("a b")) == ["GET", "a b"])
        #expect(words(Redis.GET("")) == ["GET", ""])
        #expect(words(Redis.SET("k", bytes)) == ["SET", "k", "a\r\n"])
        #expect(
            words(Redis.SET("k", "v", expiresInMilliseconds: 5, if: .absent)) == ["SET", "k", "v", "PX", "5", "NX"])
        #expect(words(Redis.SET("k", "v", if: .present)) == ["SET", "k", "v", "XX"])
        #expect(words(Redis.DEL(["a", "b"])) == ["DEL", "a", "b"])
        #expect(words(Redis.PTTL("a")) == ["PTTL", "a"])
        #expect(
            words(Redis.EVAL("return 1", keys: ["k"], arguments: [bytes])) == ["EVAL", "return 1", "1", "k", "a\r\n"])
        #expect(words(Redis.EVALSHA("abc")) == ["EVALSHA", "abc", "0"])
        #expect(words(Redis.ScriptLoad("return 1")) == ["SCRIPT", "LOAD", "return 1"])
        #expect(words(Redis.HELLO(version: .three)) == ["HELLO", "3"])
        #expect(
            words(Redis.HELLO(version: .two, credentials: ann, clientName: "n"))
                == ["HELLO", "2", "AUTH", "ann", "p w", "SETNAME", "n"])
        #expect(words(Redis.AUTH(ann)) == ["AUTH", "ann", "p w"])
        #expect(words(Redis.AUTH(RedisCredentials(password: "x"))) == ["AUTH", "x"])
        #expect(words(Redis.SELECT(3)) == ["SELECT", "3"])
        #expect(words(Redis.ClientSetName("n")) == ["CLIENT", "SETNAME", "n"])
        #expect(words(Redis.TIME()) == ["TIME"])
        #expect(words(Redis.INFO("memory")) == ["INFO", "memory"])
        #expect(words(Redis.ROLE()) == ["ROLE"])
        #expect(words(Redis.ClusterShards()) == ["CLUSTER", "SHARDS"])
        #expect(words(Redis.ClusterSlots()) == ["CLUSTER", "SLOTS"])
        #expect(words(Redis.ASKING()) == ["ASKING"])
        #expect(words(Redis.READONLY()) == ["READONLY"])
        #expect(words(Redis.SentinelMasterAddress("m")) == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "m"])
        #expect(words(Redis.Command(["A", "b"])) == ["A", "b"])
    }

    @Test("and name the keys they touch")
    func keys() {
        #expect(Redis.PING().keysAffected.isEmpty)
        #expect(Redis.GET("a").keysAffected == ["a"])
        #expect(Redis.SET("a", "b").keysAffected == ["a"])
        #expect(Redis.DEL(["a", "b"]).keysAffected == ["a", "b"])
        #expect(Redis.EVALSHA("x", keys: ["a", "b"]).keysAffected == ["a", "b"])
        #expect(Redis.Command(["GET", "a"], keysAffected: ["a"]).keysAffected == ["a"])
    }

    @Test("several in one buffer, whose replies are counted")
    func several() {
        var writer = RequestWriter()
        Redis.PING().encode(into: &writer)
        writer.append(Redis.GET("a").encoded())
        writer.command("X", arguments: 4)
        writer.argument(Int64.min)
        writer.argument([0x62, 0x63])
        writer.argument(UInt64.max)
        writer.argument(ByteBuffer(string: "d"))
        #expect(writer.commands == 3)
        #expect(
            Reading(Array(writer.buffer.readableBytesView)).texts
                == [["PING"], ["GET", "a"], ["X", "-9223372036854775808", "bc", "18446744073709551615", "d"]])
    }

    @Test("replies of another kind are refused, and refusals are errors")
    func replies() throws {
        #expect(try Redis.PTTL("a").result(from: .integer(5)) == 5)
        #expect(try Redis.TIME().result(from: .array([.bulk("2"), .bulk("3")])) == 2_000_003)
        #expect(try Redis.GET("a").result(from: .null) == nil)
        #expect(try !Redis.SET("a", "b").result(from: .null))
        #expect(try Redis.SentinelMasterAddress("m").result(from: .null) == nil)
        #expect(
            try Redis.SentinelMasterAddress("m").result(from: .array([.bulk("::1"), .bulk("7")]))
                == .tcp(host: "::1", port: 7))
        let unexpected = #expect(throws: RedisError.self) { try Redis.PTTL("a").result(from: .array([])) }
        #expect(unexpected?.code == .unexpectedReply)
        #expect(unexpected?.message.contains("PTTL was answered with an array") == true)
        #expect(throws: RedisError.self) { try Redis.TIME().result(from: .integer(1)) }
        #expect(throws: RedisError.self) {
            try Redis.SentinelMasterAddress("m").result(from: .array([.bulk("h"), .bulk("70000")]))
        }
        let refused = #expect(throws: RedisError.self) {
            try Redis.SELECT(1).result(from: .error(RESPErrorReply("ERR no")))
        }
        #expect(refused?.code == .rejected)
        #expect(refused?.reply == RESPErrorReply("ERR no"))
    }
}
