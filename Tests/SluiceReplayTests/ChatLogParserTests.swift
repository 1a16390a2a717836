import Testing

@testable import SluiceReplay

@Suite("Chat logs")
struct ChatLogParserTests {
    private let keys = ["user", "chat", "text", "command"]

    private func parse(_ lines: String...) throws -> ParsedLog {
        try ParsedLog(lines.joined(separator: "\n") + "\n", .irc, keys: keys)
    }

    @Test("A message gives user, chat and text")
    func message() throws {
        let log = try parse("2019-04-30T08:56:59Z :viewer1!viewer1@viewer1.tmi.twitch.tv PRIVMSG #channel1 :b8 26 : 7a")
        #expect(
            log.requests == [
                ParsedRequest("2019-04-30T08:56:59Z", ["user": "viewer1", "chat": "#channel1", "text": "b8 26 : 7a"])
            ])
    }

    @Test(
        "A text that begins with a mark is a command",
        arguments: [("!uptime", "uptime"), ("/start@bot now", "start"), ("!so  x", "so"), ("!", nil), ("a !b", nil)])
    func command(_ text: String, _ command: String?) throws {
        let log = try parse("2019-04-30T08:56:59Z :a!a@a PRIVMSG #c :\(text)")
        #expect(log.requests.first?.values["command"] == command)
    }

    @Test("Tags, brackets and CRLF are passed over")
    func tags() throws {
        let log = try parse(
            "2019-04-30T08:56:59.250Z @badges=a/1;color=#fff :a!a@a PRIVMSG #c :x\r",
            "[2019-04-30 08:57:00] :b PRIVMSG #c :y")
        #expect(log.requests.map(\.time) == ["2019-04-30T08:56:59.25Z", "2019-04-30T08:57:00Z"])
        #expect(log.requests.map { $0.values["user"] } == ["a", "b"])
        #expect(log.requests.first?.values["text"] == "x")
    }

    @Test("Other commands are counted apart, nonsense is malformed")
    func others() throws {
        let log = try parse(
            "2019-04-30T08:56:59Z :a!a@a JOIN #c", "2019-04-30T08:56:59Z PING :x",
            "2019-04-30T08:56:59Z :tmi.twitch.tv 353 a = #c :a b", "hello", "2019-04-30T08:56:59Z",
            "2019-04-30T08:56:59Z :a!a@a PRIVMSG #c", "2019-04-30T08:56:59Z PRIVMSG #c :x",
            "2019-04-30T08:56:59Z :a!a@a ?? #c :x", "2019-13-30T08:56:59Z :a!a@a PRIVMSG #c :x")
        #expect(log.requests.isEmpty)
        #expect(log.counts.other == 3)
        #expect(log.counts.malformed == 6)
        #expect(log.counts.samples.map(\.number) == [4, 5, 6, 7, 8])
    }
}
