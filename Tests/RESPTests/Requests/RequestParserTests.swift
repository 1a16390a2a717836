import RESP
import Testing

@Suite("Request parser")
struct RequestParserTests {
    @Test("reads arrays of bulk strings one after the other")
    func arrays() {
        let reading = Reading("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhe\r\nl\r\n*0\r\n*-1\r\n*1\r\n$0\r\n\r\n")
        #expect(reading.texts == [["PING"], ["ECHO", "he\r\nl"], [""]])
        #expect(reading.rest == 0 && reading.violation == nil)
    }

    @Test("reads lengths of one digit and of many", arguments: [0, 1, 9, 10, 11, 99, 100, 101, 999, 1_000, 65_535])
    func lengths(length: Int) {
        let word = [UInt8](repeating: 0x61, count: length)
        let reading = Reading(.request([word, word]) + .request([[0x62]]))
        #expect(reading.requests.map(\.words) == [[word, word], [[0x62]]])
    }

    @Test("reads inline commands as typed by hand")
    func inline() {
        let text = "PING\r\nping\n\r\n\n  set  a\t b \r\nECHO \"a\\x41\\n\\\"\" 'it\\'s' \"\"\r\n"
        #expect(Reading(text).texts == [["PING"], ["ping"], ["set", "a", "b"], ["ECHO", "aA\n\"", "it's", ""]])
    }

    @Test(
        "keeps what an inline escape does not know",
        arguments: [
            (#""\xzz""#, "xzz"), (#""\x4""#, "x4"), (#""\q""#, "q"), (#""\r\t\b\a""#, "\r\t\u{8}\u{7}"),
            (#"a"b c""#, "ab c"),
            (#"'a\b'"#, #"a\b"#), (#"a\b"#, #"a\b"#),
        ])
    func escapes(typed: String, meant: String) {
        #expect(Reading("\(typed)\r\n").texts == [[meant]])
    }

    @Test("does not look whether a line feed follows, as Redis does not")
    func trailing() {
        #expect(Reading("*1\r\n$4\r\nPINGXX*1\r\n$4\r\nPING\r\n").texts == [["PING"], ["PING"]])
    }

    @Test("hands on as many arguments as it may and counts the rest")
    func manyArguments() {
        let words = (0..<100).map { Array("\($0)".utf8) }
        let reading = Reading(.request(words) + .request([[0x61]]), limits: RequestLimits(arguments: 7))
        #expect(reading.requests.map(\.sent) == [100, 1])
        #expect(reading.requests[0].words == Array(words[..<7]))
        let inline = Reading("a b c d\r\n", limits: RequestLimits(arguments: 2))
        #expect(inline.requests.map(\.sent) == [4] && inline.texts == [["a", "b"]])
    }

    /// Answers of redis-server 7.0.15 to the same bytes.
    @Test(
        "finds the violations that Redis finds, in its words",
        arguments: [
            ("*1\r\nPING\r\n", "expected '$', got 'P'"), ("*1\r\n$-1\r\n", "invalid bulk length"),
            ("*1\r\n$x\r\n", "invalid bulk length"), ("*x\r\n", "invalid multibulk length"),
            ("*99999999999\r\n", "invalid multibulk length"), ("*1\r\n$600000000\r\n", "invalid bulk length"),
            ("\"foo\r\n", "unbalanced quotes in request"), ("\"fo\"o\r\n", "unbalanced quotes in request"),
            ("\"foo\r\nbar\"\r\n", "unbalanced quotes in request"),
            ("*01\r\n$4\r\nPING\r\n", "invalid multibulk length"),
            ("*1 \r\nPING\r\n", "invalid multibulk length"), ("*\r\n", "invalid multibulk length"),
            ("*1\r\n$\r\n", "invalid bulk length"), ("*1\r\n\r\n", "expected '$', got ' '"),
            ("*+1\r\n", "invalid multibulk length"), ("*1\r\n$07\r\n", "invalid bulk length"),
        ])
    func violations(text: String, words: String) {
        #expect(Reading(text).violation?.description == words)
    }

    @Test("ends at each limit, and not one byte before it")
    func limits() {
        let limits = RequestLimits(frameBytes: 200, arguments: 4, lineBytes: 20)
        let longest = [UInt8](repeating: 0x61, count: 200 - "*1\r\n$188\r\n\r\n".utf8.count)
        #expect(Reading(.request([longest]), limits: limits).requests.count == 1)
        #expect(Reading(.request([longest + [0x61]]), limits: limits).violation == .frameTooLong)
        #expect(Reading("*1\r\n$201\r\n", limits: limits).violation == .invalidLength)
        #expect(
            Reading("*2\r\n$100\r\n" + String(repeating: "a", count: 100) + "\r\n$100\r\n", limits: limits).violation
                == .frameTooLong)
        #expect(Reading("*34\r\n", limits: limits).violation == .invalidArgumentCount)
        #expect(Reading(String(repeating: "a", count: 19) + "\n", limits: limits).requests.count == 1)
        #expect(Reading(String(repeating: "a", count: 19), limits: limits).rest == 19)
        #expect(Reading(String(repeating: "a", count: 20) + "\n", limits: limits).violation == .lineTooLong)
        #expect(Reading("*" + String(repeating: "1", count: 19), limits: limits).violation == .argumentCountTooLong)
        #expect(Reading("*1\r\n$" + String(repeating: "1", count: 19), limits: limits).violation == .lengthTooLong)
    }

    @Test("waits for what is missing, wherever the end is")
    func incomplete() {
        let whole = Array("*2\r\n$4\r\nECHO\r\n$12\r\nhello, world\r\n".utf8)
        for end in 0..<whole.count {
            let reading = Reading(Array(whole[..<end]))
            #expect(reading.requests.isEmpty && reading.violation == nil && reading.rest == end)
        }
    }
}
