import NIOCore
import RESP
import Testing

/// Replies of every kind in both versions of the protocol, with what they mean.
enum ReplyCorpus {
    struct Entry: Sendable, CustomTestStringConvertible {
        var bytes: String
        var event: RESPValueParser.Event
        var testDescription: String { String(reflecting: bytes) }

        init(_ bytes: String, _ value: RESPValue) {
            self.bytes = bytes
            event = .value(value)
        }

        init(_ bytes: String, push: [RESPValue]) {
            self.bytes = bytes
            event = .push(push)
        }
    }

    static let version2: [Entry] = [
        Entry("+OK\r\n", .simple("OK")),
        Entry("+\r\n", .simple("")),
        Entry("-ERR unknown command\r\n", .error(RESPErrorReply("ERR unknown command"))),
        Entry(":0\r\n", .integer(0)),
        Entry(":+7\r\n", .integer(7)),
        Entry(":-9223372036854775808\r\n", .integer(.min)),
        Entry(":9223372036854775807\r\n", .integer(.max)),
        Entry("$5\r\nhello\r\n", .bulk("hello")),
        Entry("$0\r\n\r\n", .bulk("")),
        Entry("$4\r\n\r\n\r\n\r\n", .bulk("\r\n\r\n")),
        Entry("$-1\r\n", .null),
        Entry("*-1\r\n", .null),
        Entry("*0\r\n", .array([])),
        Entry("*3\r\n:1\r\n$-1\r\n$1\r\na\r\n", .array([.integer(1), .null, .bulk("a")])),
        Entry(
            "*2\r\n*2\r\n:1\r\n+x\r\n*1\r\n-E\r\n",
            .array([.array([.integer(1), .simple("x")]), .array([.error(RESPErrorReply("E"))])])),
        Entry("*2\r\n*0\r\n*0\r\n", .array([.array([]), .array([])])),
    ]

    static let version3: [Entry] = [
        Entry("_\r\n", .null),
        Entry("#t\r\n", .boolean(true)),
        Entry("#f\r\n", .boolean(false)),
        Entry(",1.5\r\n", .double(1.5)),
        Entry(",10\r\n", .double(10)),
        Entry(",-1e-3\r\n", .double(-0.001)),
        Entry(",inf\r\n", .double(.infinity)),
        Entry(",-inf\r\n", .double(-.infinity)),
        Entry(
            "(3492890328409238509324850943850943825024385\r\n",
            .bigNumber("3492890328409238509324850943850943825024385")),
        Entry("(-1\r\n", .bigNumber("-1")),
        Entry("!9\r\nERR a\r\nb.\r\n", .error(RESPErrorReply("ERR a\r\nb."))),
        Entry("=8\r\ntxt:four\r\n", .verbatim(format: "txt", ByteBuffer(string: "four"))),
        Entry(
            "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n#t\r\n",
            .map([.init(.simple("a"), .integer(1)), .init(.simple("b"), .array([.boolean(true)]))])),
        Entry("%0\r\n", .map([])),
        Entry("~2\r\n:1\r\n:2\r\n", .set([.integer(1), .integer(2)])),
        Entry("|1\r\n+ttl\r\n:5\r\n$1\r\na\r\n", .bulk("a")),
        Entry("|0\r\n:1\r\n", .integer(1)),
        Entry("|1\r\n+a\r\n*2\r\n:1\r\n|1\r\n+b\r\n:2\r\n:3\r\n:4\r\n", .integer(4)),
        Entry("*2\r\n|1\r\n+a\r\n:1\r\n:7\r\n|0\r\n:8\r\n", .array([.integer(7), .integer(8)])),
        Entry(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n", push: [.simple("invalidate"), .array([.bulk("k")])]),
        Entry(">0\r\n", push: []),
        Entry("|1\r\n+a\r\n:1\r\n>1\r\n:1\r\n", push: [.integer(1)]),
    ]

    static let all = version2 + version3

    /// What can never become a reply.
    static let violations: [(String, ReplyViolation)] = [
        ("x\r\n", .unknownKind(0x78)),
        ("\r\n", .unknownKind(0x0d)),
        ("$x\r\n", .invalidLength),
        ("$-2\r\n", .invalidLength),
        ("$\r\n", .invalidLength),
        ("$+1\r\na\r\n", .invalidLength),
        ("$01\r\na\r\n", .invalidLength),
        ("$99999999999999999999999999\r\n", .invalidLength),
        ("$9223372036854775807\r\n", .stringTooLong),
        ("$2\r\nabc\r\n", .missingLineEnd),
        ("$2\r\nab\rx", .missingLineEnd),
        ("+a\nb\r\n", .missingLineEnd),
        ("+a\rb\r\n", .missingLineEnd),
        ("*-2\r\n", .invalidLength),
        ("*9223372036854775807\r\n", .tooManyElements),
        ("%-1\r\n", .invalidLength),
        ("%9223372036854775807\r\n", .tooManyElements),
        ("~-1\r\n", .invalidLength),
        (">-1\r\n", .invalidLength),
        ("|-1\r\n", .invalidLength),
        ("=-1\r\n", .invalidLength),
        ("=3\r\ntxt\r\n", .invalidLength),
        ("=4\r\ntxt-\r\n", .invalidLength),
        ("!-1\r\n", .invalidLength),
        (":1a\r\n", .invalidNumber),
        (":\r\n", .invalidNumber),
        (":9223372036854775808\r\n", .invalidNumber),
        (",\r\n", .invalidNumber),
        (",0x10\r\n", .invalidNumber),
        (",infinity\r\n", .invalidNumber),
        ("#y\r\n", .invalidNumber),
        ("#\r\n", .invalidNumber),
        ("_x\r\n", .invalidNumber),
        ("(1.5\r\n", .invalidNumber),
        ("(\r\n", .invalidNumber),
        ("$?\r\n", .streamed),
        ("*?\r\n", .streamed),
        ("%?\r\n", .streamed),
        (";4\r\n", .streamed),
        (".\r\n", .streamed),
        ("*1\r\n>0\r\n", .misplacedPush),
    ]
}
