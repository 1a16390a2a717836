import Foundation
import RESP
import Sluice
import Testing

@testable import SluiceServer

#if TLS
/// Errors are those of redis-server 7.0.15 with such users, save where a comment says otherwise.
@Suite("Users over the Redis protocol", .timeLimit(.minutes(10)))
struct RESPUserTests {
    private static let noAuth = "-NOAUTH Authentication required.\r\n"
    private static let wrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"

    private static func processor() throws -> ProcessorUnderTest {
        try ProcessorUnderTest(
            [Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) }],
            access: UsersUnderTest.access())
    }

    private static func secret(_ user: String) -> String { UsersUnderTest.secret(of: user) }

    /// A request for each command, which says that it was let in by its answer.
    private static let requests: [(words: String, need: AccessNeed)] = [
        ("CL.THROTTLE k 15 30 60", .role(.check)), ("SLUICE.CHECK chat user 1", .role(.check)),
        ("SLUICE.PEEK chat user 1", .role(.check)), ("SLUICE.REFUND chat user 1", .role(.check)),
        ("SLUICE.ACQUIRE chat user 1", .role(.check)), ("SLUICE.RENEW x", .role(.check)),
        ("SLUICE.RELEASE x", .role(.check)), ("SLUICE.RESET chat user 1", .role(.admin)), ("INFO", .role(.metrics)),
        ("CONFIG GET save", .role(.metrics)), ("DBSIZE", .role(.metrics)), ("PING", .user), ("ECHO a", .user),
        ("CLIENT ID", .user), ("COMMAND COUNT", .user), ("SELECT 0", .user), ("TIME", .user), ("ACL WHOAMI", .user),
        ("HELLO 2", .nothing), ("AUTH x", .nothing), ("RESET", .nothing), ("QUIT", .nothing),
    ]

    @Test("each may send what his roles allow, and who has not said who he is next to nothing")
    func roles() throws {
        #expect(Self.requests.count == Command.allCases.count)
        for (words, need) in Self.requests {
            let name = words.prefix { $0 != " " }.lowercased()
            let request = "\(words)\r\n"
            var nobody = try Self.processor()
            let refused = nobody.raw(Array(request.utf8)) == Self.noAuth
            #expect(refused == (need != .nothing), "\(words)")
            for (user, roles) in UsersUnderTest.roles {
                var processor = try Self.processor()
                #expect(processor.ask("AUTH", user, Self.secret(user)) == "+OK\r\n")
                let reply = processor.raw(Array(request.utf8))
                let full = name == "config" ? "config|get" : name
                let may = if case .role(let role) = need { roles.contains(role) } else { true }
                let denial = "-NOPERM this user has no permissions to run the '\(full)' command\r\n"
                #expect((reply == denial) == !may, "\(words) by \(user): \(reply)")
                #expect(!reply.hasPrefix("-NOAUTH"))
            }
        }
    }

    @Test("says who he is by AUTH and HELLO, and is forgotten by RESET")
    func authentication() throws {
        var processor = try Self.processor()
        #expect(processor.ask("AUTH", "wrong-but-long-enough") == Self.wrongPass)
        #expect(processor.ask("AUTH", "boss", Self.secret("edge")) == Self.wrongPass)
        #expect(processor.ask("PING") == Self.noAuth)
        #expect(processor.ask("AUTH", Self.secret("edge")) == "+OK\r\n")
        #expect(processor.ask("ACL", "WHOAMI") == "$4\r\nedge\r\n")
        // Who fails stays who he was.
        #expect(processor.ask("AUTH", "default", "wrong-but-long-enough") == Self.wrongPass)
        #expect(processor.ask("ACL", "WHOAMI") == "$4\r\nedge\r\n")
        #expect(processor.ask("AUTH", "default", Self.secret("boss")) == "+OK\r\n")
        #expect(processor.ask("ACL", "WHOAMI") == "$4\r\nboss\r\n")
        #expect(processor.ask("CLIENT", "INFO").contains(" user=boss "))
        #expect(processor.ask("RESET") == "+RESET\r\n")
        #expect(processor.ask("PING") == Self.noAuth)
        let hello = processor.ask("HELLO", "3")
        #expect(hello.hasPrefix("-NOAUTH HELLO must be called with the client already authenticated, otherwise the "))
        #expect(processor.ask("HELLO", "3", "AUTH", "edge", "nope") == Self.wrongPass)
        #expect(processor.session.version == .two && processor.session.access == nil)
        #expect(processor.ask("HELLO", "3", "AUTH", "edge", Self.secret("edge"), "SETNAME", "me").hasPrefix("%7\r\n"))
        #expect(processor.ask("ACL", "WHOAMI") == "$4\r\nedge\r\n")
        #expect(processor.ask("HELLO", "2").hasPrefix("*14\r\n"))
    }

    @Test("unknown commands and wrong counts are told before who may, as Redis does")
    func order() throws {
        var processor = try Self.processor()
        #expect(processor.ask("FOO", "a") == "-ERR unknown command 'FOO', with args beginning with: 'a' \r\n")
        #expect(processor.ask("ECHO") == "-ERR wrong number of arguments for 'echo' command\r\n")
        #expect(processor.ask("HELLO", "9") == "-NOPROTO unsupported protocol version\r\n")
        #expect(processor.ask("AUTH", "a", "b", "c") == "-ERR syntax error\r\n")
    }

    @Test("only an administrator is told of the others, and nobody of hashes")
    func list() throws {
        var processor = try Self.processor()
        _ = processor.ask("AUTH", Self.secret("edge"))
        for word in ["LIST", "USERS"] {
            let denial = "-NOPERM this user has no permissions to run the 'acl|\(word.lowercased())' command\r\n"
            #expect(processor.ask("ACL", word) == denial)
        }
        _ = processor.ask("AUTH", Self.secret("ops"))
        #expect(processor.ask("ACL", "USERS") == "*4\r\n$4\r\nedge\r\n$4\r\nboss\r\n$4\r\neyes\r\n$3\r\nops\r\n")
        // Redis would show the hashes.
        #expect(processor.ask("ACL", "LIST").contains("user edge on ~* -@all +@check\r\n"))
    }

    @Test("is let in and out when the users change, on connections that are open")
    func reload() throws {
        let access = try UsersUnderTest.access()
        var processor = try ProcessorUnderTest(access: access)
        _ = processor.ask("AUTH", Self.secret("edge"))
        access.replace(with: try UsersUnderTest.table(editions: [1, 2]))
        #expect(processor.ask("PING") == "+PONG\r\n")
        access.replace(with: try UsersUnderTest.table(editions: [2]))
        #expect(processor.ask("PING") == Self.noAuth)
        #expect(processor.ask("CL.THROTTLE", "k", "1", "1", "1") == Self.noAuth)
    }

    @Test("a request cannot be long of somebody who has not said who he is")
    func unauthenticatedBytes() async throws {
        let security = ServerSecurity(access: try UsersUnderTest.access())
        try await RESPServerUnderTest.run(security: security) { server in
            try await server.script { address throws in
                let word = String(repeating: "x", count: 100_000)
                let nobody = try RawConnection(address)
                _ = nobody.sendWithoutWaiting(RESPBytes.request(["ECHO", word]))
                #expect(try nobody.receiveAll() == "-ERR Protocol error: unauthenticated bulk length\r\n")
                let edge = try RawConnection(address)
                try edge.ask("AUTH \(Self.secret("edge"))\r\n", "+OK\r\n")
                try edge.send(RESPBytes.request(["ECHO", word]))
                #expect(try edge.receive(100_011) == "$100000\r\n\(word)\r\n")
            }
        }
    }

    @Test("redis-cli proves itself by its own options")
    func redisCLI() async throws {
        let security = ServerSecurity(access: try UsersUnderTest.access())
        try await RESPServerUnderTest.run(security: security) { server in
            let port = "\(server.port)"
            try await server.script { _ throws in
                func ask(_ options: [String], _ words: [String]) throws -> String {
                    try ClientProgram("redis-cli", ["-p", port, "--no-auth-warning"] + options + words).output
                }
                #expect(try ask([], ["PING"]).contains("NOAUTH Authentication required."))
                let secret = Self.secret("edge")
                #expect(try ask(["-a", secret], ["PING"]) == "PONG\n")
                #expect(try ask(["--user", "edge", "-a", secret], ["ACL", "WHOAMI"]) == "edge\n")
                #expect(
                    try ask(["-3", "--user", "edge", "-a", secret], ["CL.THROTTLE", "k", "1", "1", "1"]).hasPrefix(
                        "0\n"))
                #expect(try ask(["--user", "ops", "-a", secret], ["PING"]).contains("NOAUTH"))
            }
        }
    }
}
#endif
