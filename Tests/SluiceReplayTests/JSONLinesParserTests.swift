import Testing

@testable import SluiceReplay

@Suite("JSON lines")
struct JSONLinesParserTests {
    private func parse(_ line: String, keys: [String], mapping: [String: String] = [:]) throws -> ParsedLog {
        try ParsedLog(line + "\n", .json, keys: keys, mapping: mapping)
    }

    @Test("Usual names are found, the better one first, wherever it stands")
    func usualNames() throws {
        let line = #"{"ts": 1500000000.25, "username": "late", "user": "u1", "remote_addr":"10.0.0.1","n":null}"#
        let log = try parse(line, keys: ["user", "ip", "n"])
        #expect(log.requests == [ParsedRequest("2017-07-14T02:40:00.25Z", ["user": "u1", "ip": "10.0.0.1"])])
    }

    @Test("A mapping leads into nested objects and takes numbers and booleans as written")
    func mapping() throws {
        let line = #"{"a":{"b":{"id":42,"x":[1,{"id":7}]},"ok":true},"when":"2026-01-02T03:04:05+01:00","id":9}"#
        let log = try parse(
            line, keys: ["user", "flag"], mapping: ["user": "a.b.id", "flag": "a.ok", "time": "when"])
        #expect(log.requests == [ParsedRequest("2026-01-02T02:04:05Z", ["user": "42", "flag": "true"])])
    }

    @Test(
        "Escapes are undone",
        arguments: [
            (#"a\"b\\c\/d\n\t"#, "a\"b\\c/d\n\t"), (#"\u00e9\ud83d\ude00"#, "é😀"), (#"\ud83d x"#, "\u{fffd} x"),
            (#"\u12"#, "\u{fffd}12"), ("é", "é"),
        ])
    func escapes(_ written: String, _ meant: String) throws {
        let log = try parse(#"{"time":1,"text":"\#(written)"}"#, keys: ["text"])
        #expect(log.requests.first?.values["text"] == meant)
    }

    @Test(
        "Broken objects are malformed",
        arguments: [
            "{", "{}", "[]", "7", #"{"time":}"#, #"{"time":1"#, #"{"time":1} x"#, #"{"time":1,}"#, #"{"time":"soon"}"#,
            #"{"time":1,"a":[1}"#, #"{"time":1 "a":2}"#, #"{time:1}"#, #"{"time":1,"a":"x}"#, #"{"time":truth}"#,
        ])
    func malformed(_ line: String) throws {
        let log = try parse(line, keys: ["user"])
        #expect(log.requests.isEmpty)
        #expect(log.counts.malformed == 1, "\(line)")
    }

    @Test("An object deeper than the bound is malformed, not a crash")
    func depth() throws {
        let deep = String(repeating: #"{"a":"#, count: 5_000)
        let log = try parse(#"{"time":1,"a":"# + deep, keys: ["user"], mapping: ["user": "a.b"])
        #expect(log.counts.malformed == 1)
        let brackets = try parse(#"{"time":1,"a":"# + String(repeating: "[", count: 20_000), keys: ["user"])
        #expect(brackets.counts.malformed == 1)
    }
}
