import SluiceBots
import Testing

@Suite("A line of IRC")
struct IRCMessageTests {
    @Test("is read with its tags, its source, its command and its parameters")
    func whole() throws {
        let line =
            "@badges=broadcaster/1,subscriber/12;display-name=Kap\\spa;mod=0;empty=;flag "
            + ":kappa!kappa@kappa.tmi.twitch.tv PRIVMSG #channel :hello there: you\r\n"
        let message = try #require(IRCMessage(line))
        #expect(message.command == "PRIVMSG")
        #expect(message.nick == "kappa")
        #expect(message.parameters == ["#channel", "hello there: you"])
        #expect(message.tag("display-name") == "Kap pa")
        #expect(message.tag("empty") == "")
        #expect(message.tag("flag") == "")
        #expect(message.tag("other") == nil)
    }

    @Test(
        "has its escapes undone",
        arguments: [
            (#"a\:b"#, "a;b"), (#"a\sb"#, "a b"), (#"a\\b"#, #"a\b"#), (#"a\r\nb"#, "a\r\nb"), (#"a\xb"#, "axb"),
            (#"a\"#, "a"), (#"\\s"#, #"\s"#),
        ] as [(String, String)])
    func escapes(text: String, value: String) {
        #expect(IRCMessage("@t=\(text) PING")?.tag("t") == value)
    }

    @Test(
        "is no message without a command", arguments: ["", "\r\n", "@a=b", ":source", "@a=b :source ", "12 x", "P!NG"])
    func malformed(line: String) { #expect(IRCMessage(line) == nil) }

    @Test("is bounded: in length, in tags, in parameters")
    func bounds() {
        #expect(IRCMessage("PING :" + String(repeating: "x", count: IRCMessage.longestLine)) == nil)
        let tags = (0..<500).map { "t\($0)=v" }.joined(separator: ";")
        #expect(IRCMessage("@\(tags) PING")?.tags.count == IRCMessage.mostTags)
        let many = (0..<40).map { "p\($0)" }.joined(separator: " ")
        let parameters = IRCMessage("PING \(many)")?.parameters
        #expect(parameters?.count == IRCMessage.mostParameters)
        #expect(parameters?.last?.hasSuffix("p39") == true)
    }

    @Test("is the same once it is written and read again", arguments: [UInt64](0..<40))
    func roundTrip(seed: UInt64) throws {
        var random = SplitMixGenerator(seed: seed)
        func text(_ alphabet: [Character], _ length: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: length, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
        }
        let values: [Character] = ["a", "é", ";", " ", "\\", "\r", "\n", ":", "=", "s", "😀"]
        for _ in 0..<50 {
            let tags = (0..<Int.random(in: 0...4, using: &random)).map { IRCMessage.Tag("t\($0)", text(values, 0...8)) }
            var parameters = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(["a", "#", "b"], 1...5) }
            parameters.append(text(["a", " ", ":", "ü"], 0...9))
            let message = IRCMessage("PRIVMSG", parameters, from: text(["n", "!", "@"], 1...6), tags: tags)
            #expect(IRCMessage(message.description) == message, "seed \(seed): \(message)")
        }
    }

    @Test("may be any bytes: reading them neither fails nor keeps more than it may", arguments: [UInt64](0..<20))
    func fuzz(seed: UInt64) {
        var random = SplitMixGenerator(seed: seed)
        let pieces: [[UInt8]] = [
            Array("@".utf8), Array(":".utf8), Array(" ".utf8), Array(";".utf8), Array("=".utf8), Array("\\".utf8),
            Array("PRIVMSG".utf8), Array("#c".utf8), Array("\r\n".utf8), [0], [0xff, 0xc3], Array("badges=vip/1".utf8),
            Array("\u{1}ACTION x\u{1}".utf8), Array("!cmd".utf8),
        ]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random)!
            }
            guard let message = bytes.withUnsafeBytes({ IRCMessage($0) }) else { continue }
            #expect(message.tags.count <= IRCMessage.mostTags)
            #expect(message.parameters.count <= IRCMessage.mostParameters)
            #expect(!message.command.isEmpty)
            _ = TwitchLine(message)
        }
    }
}
