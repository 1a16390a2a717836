import Testing

@testable import SluiceReplay

@Suite("Access logs")
struct AccessLogParserTests {
    private let keys = ["ip", "method", "path", "status", "user", "agent"]

    private func only(_ line: String) throws -> ParsedRequest {
        let log = try ParsedLog(line + "\n", .access, keys: keys)
        return try #require(log.requests.first, "\(log.counts.samples)")
    }

    @Test("A combined line gives all six keys; a hyphen is absent")
    func combined() throws {
        let line =
            #"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 203 "http://x/" "Mozilla (X; Y)""#
        #expect(
            try only(line)
                == ParsedRequest(
                    "2015-05-17T10:05:03Z",
                    [
                        "ip": "83.149.9.216", "method": "GET", "path": "/a?b=c", "status": "200",
                        "agent": "Mozilla (X; Y)",
                    ]))
    }

    @Test("A common line has no agent; a zone is reckoned in")
    func common() throws {
        let line = #"::1 - frank [10/Oct/2000:13:55:36 -0700] "POST /login HTTP/1.0" 302 -"#
        #expect(
            try only(line)
                == ParsedRequest(
                    "2000-10-10T20:55:36Z",
                    ["ip": "::1", "method": "POST", "path": "/login", "status": "302", "user": "frank"]))
    }

    @Test("Quotes escaped in agents and requests do not end them")
    func escapedQuotes() throws {
        let line = #"2001:db8::7 - - [01/Jan/2026:00:00:00 +0000] "GET /\"x\" HTTP/1.1" 200 1 "-" "a \"b\" \\""#
        let request = try only(line)
        #expect(request.values["agent"] == #"a \"b\" \\"#)
        #expect(request.values["path"] == #"/\"x\""#)
        #expect(request.values["ip"] == "2001:db8::7")
    }

    @Test("A user's name may have blanks and brackets")
    func userWithBlanks() throws {
        let line = #"10.0.0.1 - John [the] Doe [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1"#
        #expect(try only(line).values["user"] == "John [the] Doe")
    }

    @Test("A request that is none counts without method and path", arguments: [#""-""#, #""\x16\x03\x01""#, #""""#])
    func noRequest(_ request: String) throws {
        let parsed = try only("10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \(request) 400 0")
        #expect(parsed.values == ["ip": "10.0.0.1", "status": "400"])
    }

    @Test("A path with blanks keeps them; HTTP/0.9 has no protocol")
    func oddPaths() throws {
        let head = "1.1.1.1 - - [01/Jan/2026:00:00:00 +0000]"
        #expect(try only(head + #" "GET /a b HTTP/1.1" 200 0"#).values["path"] == "/a b")
        #expect(try only(head + #" "GET /a" 200 0"#).values["path"] == "/a")
    }

    @Test("An agent that breaks off is absent, and the line a request all the same")
    func brokenAgent() throws {
        let line = #"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla"#
        #expect(try only(line).values["agent"] == nil)
    }

    @Test(
        "Lines without address, time, request or status are malformed",
        arguments: [
            "x", " ", "1.1.1.1", "1.1.1.1 - -", "1.1.1.1 - - [",
            #"1.1.1.1 - - [01/Jan/2026:00:00:00] "GET / HTTP/1.1" 200 1"#,
            #"1.1.1.1 - - [31/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1"#,
            #"1.1.1.1 - - [01/Jun/2026:24:00:00 +0000] "GET / HTTP/1.1" 200 1"#,
            #"1.1.1.1 - - [01/Jun/2026:00:00:61 +0000] "GET / HTTP/1.1" 200 1"#,
            #"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] GET / 200 1"#,
            #"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1 200 1"#,
            #"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1""#,
            #"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 2x0 1"#,
        ])
    func malformed(_ line: String) throws {
        let log = try ParsedLog(line + "\n", .access, keys: keys)
        #expect(log.requests.isEmpty)
        #expect(log.counts.malformed == 1)
        #expect(log.counts.samples.first?.number == 1)
    }

    @Test("Any bytes cut out of a line, or changed in it, are a request or malformed, never worse")
    func mutations() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let line = Array(#"10.0.0.1 - bob [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 20 "r" "a \" b""#.utf8)
        var text = ""
        for _ in 0..<2_000 {
            var mutated = line
            switch Int.random(in: 0..<3, using: &random) {
            case 0: mutated.removeSubrange(Int.random(in: 0..<line.count, using: &random)...)
            case 1: mutated.remove(at: Int.random(in: 0..<line.count, using: &random))
            default:
                let place = Int.random(in: 0..<line.count, using: &random)
                mutated[place] = UInt8.random(in: 11..<128, using: &random)
            }
            text += String(decoding: mutated, as: UTF8.self).replacing("\r", with: " ") + "\n"
        }
        let log = try ParsedLog(text, .access, keys: keys)
        let empty = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().count { $0.isEmpty }
        #expect(log.requests.count + log.counts.malformed + empty == 2_000, "seed \(seed)")
    }
}
