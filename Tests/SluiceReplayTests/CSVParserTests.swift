import Testing

@testable import SluiceReplay

@Suite("CSV")
struct CSVParserTests {
    @Test("Columns are found by name; quotes may hold separators, line ends and quotes")
    func quoting() throws {
        let text =
            "\u{feff}timestamp,\"user\",text\r\n"
            + "2026-01-02T03:04:05Z,\"a \"\"b\"\", c\",\"two\nlines\"\r\n1767323046,d,\n"
        let log = try ParsedLog(text, .csv, keys: ["user", "text"])
        #expect(
            log.requests == [
                ParsedRequest("2026-01-02T03:04:05Z", ["user": "a \"b\", c", "text": "two\nlines"]),
                ParsedRequest("2026-01-02T03:04:06Z", ["user": "d"]),
            ])
    }

    @Test("The separator may be a semicolon or a tab", arguments: [";", "\t"])
    func separators(_ separator: String) throws {
        let log = try ParsedLog("time\(separator)ip\n1\(separator)::1\n", .csv, keys: ["ip"])
        #expect(log.requests == [ParsedRequest("1970-01-01T00:00:01Z", ["ip": "::1"])])
    }

    @Test("A first line in the middle is passed over; short, quoteless and timeless rows are malformed")
    func malformed() throws {
        let log = try ParsedLog("ip,time\na,1\nip,time\nb\nc,soon\n\"d\"x,1\n", .csv, keys: ["ip"])
        #expect(log.requests.map { $0.values["ip"] } == ["a"])
        #expect(log.counts.malformed == 3)
        #expect(log.counts.other == 2)
    }

    @Test("A quote that is never closed costs its line, not the rest of the log")
    func openQuote() throws {
        let rows = (0..<20_000).map { "\($0),user\($0)\n" }.joined()
        let log = try ParsedLog("time,user\n5,\"lost\n" + rows, .csv, keys: ["user"])
        #expect(log.requests.count == 20_000)
        #expect(log.counts.malformed == 1)
    }

    @Test("A file without a time says which columns it has; a mapping names the nearest one")
    func missingColumns() {
        #expect {
            try ParsedLog("a,b\n1,2\n", .csv, keys: ["user"])
        } throws: { error in
            "\(error)".contains("--field time=NAME") && "\(error)".contains("a, b")
        }
        #expect {
            try ParsedLog("stamp,usr\n1,2\n", .csv, keys: ["user"], mapping: ["time": "stmp"])
        } throws: { error in
            "\(error)".contains("did you mean 'stamp'?")
        }
    }
}
