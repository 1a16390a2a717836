import NIOCore
import Testing

@testable import RESP

@Suite("A connection's first commands")
struct RedisHandshakeTests {
    private func handshake(_ change: (inout RedisConfiguration) -> Void) -> RedisHandshake {
        var configuration = RedisConfiguration(addresses: [.tcp(host: "h", port: 1)])
        change(&configuration)
        return RedisHandshake(configuration)
    }

    /// The words of a request, or what else came of it.
    private func words(_ outcome: RedisHandshake.Outcome) -> String {
        switch outcome {
        case .send(let bytes):
            let lines = String(buffer: bytes).split(separator: "\r\n")
            return lines.filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }.joined(separator: " ")
        case .ready(let version): return "ready \(version.rawValue)"
        case .failed(let code, let message, _): return "\(code): \(message)"
        }
    }

    private static let ok = RESPValue.simple("OK")
    private static let unknown = RESPValue.error(RESPErrorReply("ERR unknown command `HELLO`, with args"))

    @Test("with version 3 one command says everything but the database")
    func version3() {
        var handshake = handshake {
            $0.credentials = RedisCredentials(username: "ann", password: "secret")
            $0.clientName = "web"
            $0.database = 4
        }
        #expect(words(handshake.begin()) == "HELLO 3 AUTH ann secret SETNAME web")
        #expect(words(handshake.received(.map([]))) == "SELECT 4")
        #expect(words(handshake.received(Self.ok)) == "ready 3")
    }

    @Test("a password alone is the default user's")
    func passwordAlone() {
        var handshake = handshake { $0.credentials = RedisCredentials(password: "secret") }
        #expect(words(handshake.begin()) == "HELLO 3 AUTH default secret")
        #expect(words(handshake.received(.map([]))) == "ready 3")
    }

    @Test(
        "servers that do not know it are spoken to in version 2",
        arguments: [unknown, .error(RESPErrorReply("NOPROTO unsupported protocol version"))])
    func fallback(_ refusal: RESPValue) {
        var handshake = handshake {
            $0.credentials = RedisCredentials(password: "secret")
            $0.clientName = "web"
            $0.database = 1
        }
        _ = handshake.begin()
        #expect(words(handshake.received(refusal)) == "AUTH secret")
        #expect(words(handshake.received(Self.ok)) == "CLIENT SETNAME web")
        #expect(words(handshake.received(Self.unknown)) == "SELECT 1")
        #expect(words(handshake.received(Self.ok)) == "ready 2")
    }

    @Test("with version 2 and nothing to say a connection is ready at once")
    func nothingToSay() {
        var handshake = handshake { $0.version = .two }
        #expect(words(handshake.begin()) == "ready 2")
        var machine = ConnectionStateMachine(
            {
                var it = RedisConfiguration(addresses: [.unix(path: "/s")]); it.version = .two; return it
            }(), now: .at(0))
        #expect(machine.opened() == .ready)
        #expect(machine.state == .ready)
    }

    @Test(
        "refusals say what to do",
        arguments: [
            ("WRONGPASS invalid username-password pair", "check both"),
            ("NOAUTH HELLO must be called with the client already authenticated", "give one"),
            ("ERR AUTH <password> called without any password configured for the default user.", "leave it out"),
            ("LOADING Redis is loading the dataset in memory", "LOADING"),
        ])
    func refusals(_ text: String, _ words: String) {
        for isVersion2 in [false, true] {
            var handshake = handshake {
                $0.credentials = RedisCredentials(password: "secret")
                if isVersion2 { $0.version = .two }
            }
            _ = handshake.begin()
            guard
                case .failed(.handshakeFailed, let message, let reply) = handshake.received(
                    .error(RESPErrorReply(text)))
            else {
                Issue.record("not refused")
                return
            }
            #expect(message.contains(words))
            #expect(!message.contains("secret"))
            #expect(reply?.text == text)
        }
    }

    @Test("a database that is not there is told by its number")
    func noDatabase() {
        var handshake = handshake { $0.database = 99 }
        _ = handshake.begin()
        _ = handshake.received(.map([]))
        let outcome = handshake.received(.error(RESPErrorReply("ERR DB index is out of range")))
        #expect(words(outcome).contains("database 99 cannot be selected"))
    }

    @Test("what Redis would not answer is a violation", arguments: [RESPValue.integer(1), .simple("NO"), .null])
    func notRedis(_ value: RESPValue) {
        var newer = handshake { _ in }
        _ = newer.begin()
        #expect(words(newer.received(value)).hasPrefix("protocolViolation"))
        var older = handshake {
            $0.version = .two
            $0.credentials = RedisCredentials(password: "secret")
            $0.database = 1
        }
        _ = older.begin()
        var selecting = older
        #expect(words(older.received(value)).hasPrefix("protocolViolation"))
        _ = selecting.received(Self.ok)
        #expect(words(selecting.received(value)).hasPrefix("protocolViolation"))
    }
}
