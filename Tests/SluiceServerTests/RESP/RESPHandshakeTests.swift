import RESP
import Sluice
import Testing

@testable import SluiceServer

/// Replies of redis-server 7.0.15 to the same bytes, save where a comment says otherwise.
@Suite("What clients send on connecting")
struct RESPHandshakeTests {
    @Test(
        "is answered as Redis does",
        arguments: [
            ("PING", "+PONG"), ("PING hi", "$2\r\nhi"),
            ("PING a b", "-ERR wrong number of arguments for 'ping' command"),
            ("ECHO", "-ERR wrong number of arguments for 'echo' command"), ("ECHO hi", "$2\r\nhi"),
            ("FOO bar baz", "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' "),
            ("foo", "-ERR unknown command 'foo', with args beginning with: "),
            (#"foo "a\r\nb""#, "-ERR unknown command 'foo', with args beginning with: 'a  b' "),
            (#"""# + #"" x"#, "-ERR unknown command '', with args beginning with: 'x' "),
            ("SELECT 0", "+OK"), ("SELECT 1x", "-ERR value is not an integer or out of range"),
            ("SELECT 16", "-ERR DB index is out of range"), ("SELECT -1", "-ERR DB index is out of range"),
            ("SELECT 9999999999", "-ERR value is not an integer or out of range"),
            ("HELLO 4", "-NOPROTO unsupported protocol version"),
            ("HELLO x", "-ERR Protocol version is not an integer or out of range"),
            ("HELLO 2 AUTH a", "-ERR Syntax error in HELLO option 'AUTH'"),
            ("HELLO 2 FOO", "-ERR Syntax error in HELLO option 'FOO'"),
            ("HELLO 3 SETNAME a SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'"),
            ("HELLO 2 AUTH other x", "-WRONGPASS invalid username-password pair or user is disabled."),
            ("AUTH", "-ERR wrong number of arguments for 'auth' command"), ("AUTH a b c", "-ERR syntax error"),
            ("AUTH default y", "+OK"), ("AUTH o p", "-WRONGPASS invalid username-password pair or user is disabled."),
            (
                "AUTH x",
                "-ERR AUTH <password> called without any password configured for the default user. "
                    + "Are you sure your configuration is correct?"
            ),
            ("ACL WHOAMI", "$7\r\ndefault"), ("ACL USERS", "*1\r\n$7\r\ndefault"),
            ("ACL LIST", "*1\r\n$34\r\nuser default on nopass ~* &* +@all"),
            // The categories are those of Sluice.
            ("ACL CAT", "*3\r\n$5\r\ncheck\r\n$5\r\nadmin\r\n$7\r\nmetrics"),
            ("ACL CAT admin", "*1\r\n$12\r\nsluice.reset"), ("ACL CAT x", "-ERR Unknown category 'x'"),
            ("ACL FOO", "-ERR unknown subcommand 'FOO'. Try ACL HELP."),
            ("ACL", "-ERR wrong number of arguments for 'acl' command"),
            ("ACL WHOAMI x", "-ERR wrong number of arguments for 'acl|whoami' command"),
            ("CLIENT", "-ERR wrong number of arguments for 'client' command"),
            ("CLIENT foo", "-ERR unknown subcommand 'foo'. Try CLIENT HELP."),
            ("CLIENT SETNAME", "-ERR wrong number of arguments for 'client|setname' command"),
            ("CLIENT SETNAME 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters."),
            ("CLIENT GETNAME", "$-1"), ("CLIENT ID", ":7"), ("CLIENT NO-EVICT on", "+OK"),
            ("CLIENT NO-EVICT x", "-ERR syntax error"),
            // Of Redis 7.2: 7.0 does not know it, and clients send it nevertheless.
            ("CLIENT SETINFO lib-name redis-py", "+OK"), ("CLIENT SETINFO lib-ver 7.4.1", "+OK"),
            ("CLIENT SETINFO foo x", "-ERR Unrecognized option 'foo'"),
            ("CLIENT SETINFO lib-name 'a b'", "-ERR lib-name cannot contain spaces, newlines or special characters."),
            ("CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n"),
            ("CONFIG get appendonly", "*2\r\n$10\r\nappendonly\r\n$2\r\nno"),
            ("CONFIG GET save append*", "*4\r\n$10\r\nappendonly\r\n$2\r\nno\r\n$4\r\nsave\r\n$0\r\n"),
            ("CONFIG GET nothing", "*0"), ("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command"),
            ("CONFIG FOO", "-ERR unknown subcommand 'FOO'. Try CONFIG HELP."), ("COMMAND COUNT", ":22"),
            ("COMMAND FOO", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP."), ("COMMAND DOCS nope", "*0"),
            ("COMMAND INFO nope", "*1\r\n$-1"), ("INFO foo", "$0\r\n"), ("RESET", "+RESET"),
            ("RESET 1", "-ERR wrong number of arguments for 'reset' command"), ("DBSIZE", ":0"),
            ("TIME", "*2\r\n$10\r\n1700000001\r\n$6\r\n234567"),
        ])
    func inline(typed: String, answer: String) throws {
        var processor = try ProcessorUnderTest()
        #expect(processor.raw(Array("\(typed)\r\n".utf8)) == "\(answer)\r\n")
    }

    @Test("quotes at most 128 bytes of an unknown command and of its arguments")
    func longUnknown() throws {
        var processor = try ProcessorUnderTest()
        let z = String(repeating: "z", count: 300)
        #expect(
            processor.ask(z, "ab") == "-ERR unknown command '\(z.prefix(128))', with args beginning with: 'ab' \r\n")
        #expect(
            processor.ask("foo", z, "y")
                == "-ERR unknown command 'foo', with args beginning with: '\(z.prefix(128))' \r\n")
    }

    @Test("HELLO tells about the server and agrees on a version")
    func hello() throws {
        var processor = try ProcessorUnderTest()
        let pairs =
            "$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:%\r\n$2\r\nid\r\n:7\r\n"
            + "$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
        func expected(_ head: String, _ version: String) -> String { head + pairs.replacing("%", with: version) }
        #expect(processor.ask("HELLO") == expected("*14\r\n", "2"))
        #expect(processor.ask("HELLO", "3", "AUTH", "default", "x", "SETNAME", "me") == expected("%7\r\n", "3"))
        #expect(processor.ask("CLIENT", "GETNAME") == "$2\r\nme\r\n")
        #expect(processor.ask("CONFIG", "GET", "save") == "%1\r\n$4\r\nsave\r\n$0\r\n\r\n")
        #expect(processor.ask("HELLO", "4") == "-NOPROTO unsupported protocol version\r\n")
        #expect(processor.ask("HELLO") == expected("%7\r\n", "3"))
        #expect(processor.ask("RESET") == "+RESET\r\n")
        #expect(processor.ask("CLIENT", "GETNAME") == "$-1\r\n")
    }

    @Test("a refused HELLO changes nothing")
    func refusedHello() throws {
        var processor = try ProcessorUnderTest()
        #expect(processor.ask("HELLO", "3", "SETNAME", "a b").hasPrefix("-ERR Client names"))
        #expect(processor.ask("HELLO", "3", "SETNAME", "me", "FOO").hasPrefix("-ERR Syntax error"))
        #expect(processor.session.version == .two && processor.session.name.isEmpty)
    }

    @Test("COMMAND describes every command there is")
    func commands() throws {
        #expect(CommandTable.all.map(\.command) == Command.allCases)
        var processor = try ProcessorUnderTest()
        let count = CommandTable.all.count
        #expect(processor.ask("COMMAND").hasPrefix("*\(count)\r\n*10\r\n$11\r\ncl.throttle\r\n:-5\r\n"))
        #expect(processor.ask("COMMAND", "LIST").hasPrefix("*\(count)\r\n$11\r\ncl.throttle\r\n"))
        #expect(
            processor.ask("COMMAND", "DOCS").hasPrefix("*\(2 * count)\r\n$11\r\ncl.throttle\r\n*8\r\n$7\r\nsummary\r\n")
        )
        _ = processor.ask("HELLO", "3")
        #expect(processor.ask("COMMAND", "DOCS", "PING").hasPrefix("%1\r\n$4\r\nping\r\n%4\r\n"))
        for description in CommandTable.all {
            var processor = try ProcessorUnderTest()
            #expect(!processor.ask("\(description.name)", "x", "y").hasPrefix("-ERR unknown command"))
        }
    }

    @Test("INFO has what clients look for")
    func info() throws {
        var processor = try ProcessorUnderTest()
        let all = processor.ask("INFO")
        for line in ["# Server", "redis_version:7.0.15", "redis_mode:standalone", "role:master", "connected_clients:"] {
            #expect(all.contains("\r\n\(line)"))
        }
        let clients = processor.ask("INFO", "CLIENTS")
        #expect(clients.contains("# Clients\r\n") && !clients.contains("# Server"))
        _ = processor.ask("HELLO", "3")
        #expect(processor.ask("INFO", "clients").contains("\r\ntxt:# Clients\r\n"))
        #expect(processor.ask("CLIENT", "INFO").contains("txt:id=7 addr="))
    }

    @Test("QUIT answers, and nothing after it is answered")
    func quit() throws {
        var processor = try ProcessorUnderTest()
        #expect(processor.ask("QUIT") == "+OK\r\n")
        #expect(processor.session.isClosing)
    }
}
