import NIOCore
import RESP
import Testing

@Suite("What a server answers is read")
struct RESPValueParserTests {
    @Test("each kind is read as what it is", arguments: ReplyCorpus.all)
    func kinds(_ entry: ReplyCorpus.Entry) {
        var buffer = ByteBuffer(string: entry.bytes)
        var parser = RESPValueParser()
        #expect(parser.next(&buffer) == entry.event)
        #expect(buffer.readableBytes == 0)
        #expect(parser.next(&buffer) == .incomplete)
    }

    @Test("not a number is read as that", arguments: [",nan\r\n", ",-nan\r\n"])
    func notANumber(_ text: String) {
        var buffer = ByteBuffer(string: text)
        var parser = RESPValueParser()
        guard case .value(.double(let value)) = parser.next(&buffer) else {
            Issue.record("no double")
            return
        }
        #expect(value.isNaN)
    }

    @Test("what is no reply is told by what is wrong with it", arguments: ReplyCorpus.violations)
    func violations(_ text: String, _ violation: ReplyViolation) {
        var buffer = ByteBuffer(string: text)
        var parser = RESPValueParser()
        #expect(parser.next(&buffer) == .violation(violation))
        #expect(!"\(violation)".isEmpty)
    }

    @Test("replies that come together are read one after the other")
    func pipelined() {
        var buffer = ByteBuffer(string: ReplyCorpus.all.map(\.bytes).joined())
        var parser = RESPValueParser()
        for entry in ReplyCorpus.all { #expect(parser.next(&buffer) == entry.event) }
        #expect(buffer.readableBytes == 0)
    }

    @Test("a string is a slice of what was received, not a copy")
    func slices() throws {
        var buffer = ByteBuffer(string: "$300\r\n" + String(repeating: "x", count: 300) + "\r\n")
        let address = buffer.withUnsafeReadableBytes { $0.baseAddress }
        var parser = RESPValueParser()
        guard case .value(.bulk(let bytes)) = parser.next(&buffer) else {
            Issue.record("no string")
            return
        }
        #expect(bytes.withUnsafeReadableBytes { $0.baseAddress } == address.map { $0 + 6 })
    }

    @Test("replies beyond a limit are refused before they have arrived")
    func limits() {
        var limits = RESPValueLimits()
        limits.depth = 2
        limits.elements = 10
        limits.bulkBytes = 20
        limits.lineBytes = 16
        limits.totalBytes = 60
        let cases: [(String, ReplyViolation)] = [
            ("*1\r\n*1\r\n*1\r\n", .tooDeep),
            ("*11\r\n", .tooManyElements),
            ("%6\r\n", .tooManyElements),
            ("*4\r\n:1\r\n:1\r\n:1\r\n*7\r\n", .tooManyElements),
            ("$21\r\n", .stringTooLong),
            ("+0123456789abcdefg", .lineTooLong),
            ("*3\r\n$20\r\n01234567890123456789\r\n$20\r\n01234567890123456789\r\n$20\r\n", .replyTooLong),
        ]
        for (text, violation) in cases {
            var parser = RESPValueParser(limits: limits)
            var buffer = ByteBuffer(string: text)
            #expect(parser.next(&buffer) == .violation(violation), "\(text)")
        }
        var parser = RESPValueParser(limits: limits)
        var buffer = ByteBuffer(string: "*2\r\n*1\r\n:1\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n")
        #expect(
            parser.next(&buffer)
                == .value(.array([.array([.integer(1)]), .array([RESPValue](repeating: .integer(1), count: 5))])))
    }

    @Test("endless attributes come to an end")
    func endlessAttributes() {
        var limits = RESPValueLimits()
        limits.elements = 100
        var parser = RESPValueParser(limits: limits)
        var buffer = ByteBuffer(string: String(repeating: "|0\r\n", count: 200))
        #expect(parser.next(&buffer) == .violation(.tooManyElements))
    }

    @Test("aggregates of one thousand empty aggregates are no deeper than two")
    func manyEmpty() {
        var parser = RESPValueParser()
        var buffer = ByteBuffer(string: "*1000\r\n" + String(repeating: "*0\r\n", count: 1_000))
        #expect(parser.next(&buffer) == .value(.array([RESPValue](repeating: .array([]), count: 1_000))))
    }
}
