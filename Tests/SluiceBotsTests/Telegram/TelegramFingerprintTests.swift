import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("The same thing said twice on Telegram")
struct TelegramFingerprintTests {
    private func fingerprint(_ builder: TelegramUpdateBuilder) throws -> String? {
        try builder.build().update.fingerprint
    }

    @Test("capitals, gaps and hidden characters do not make a text another one")
    func words() throws {
        let said = try fingerprint(.message("Buy  CHEAP\n gold "))
        #expect(said == "buy cheap gold")
        #expect(try fingerprint(.message("buy\u{200B} cheap\u{00AD} gold").messageID(2)) == said)
        #expect(try fingerprint(.message("buy cheap silver")) != said)
    }

    @Test("a file is the same file whoever sends it, and another with other words")
    func files() throws {
        for type in ["photo", "video", "document", "sticker", "voice", "audio", "animation", "video_note"] {
            #expect(try fingerprint(.media(type, file: "u1")) == "file:u1")
            #expect(try fingerprint(.media(type, file: "u1").from(8).messageID(3)) == "file:u1")
            #expect(try fingerprint(.media(type, file: "u1", caption: "Hi")) == "file:u1 hi")
        }
        #expect(try fingerprint(.contact("+49")) == "contact:+49")
    }

    @Test("a button is the same one only on the same message")
    func buttons() throws {
        let pressed = try fingerprint(.callbackQuery("buy").messageID(1))
        #expect(try fingerprint(.callbackQuery("buy", id: "another").messageID(1)) == pressed)
        #expect(try fingerprint(.callbackQuery("buy").messageID(2)) != pressed)
        #expect(try fingerprint(.callbackQuery("sell").messageID(1)) != pressed)
        #expect(try fingerprint(.callbackQuery("buy").messageID(1).inGroup(-5)) != pressed)
        let inline = try fingerprint(.callbackQuery("buy").set("inline_message_id", "i1"))
        #expect(try fingerprint(.callbackQuery("buy").set("inline_message_id", "i2")) != inline)
    }

    @Test("an edit is not the message that it changes, nor the same edit of another")
    func edits() throws {
        let edit = try fingerprint(.editedMessage("hi").messageID(1))
        #expect(try fingerprint(.message("hi").messageID(1)) != edit)
        #expect(try fingerprint(.editedMessage("hi").messageID(2)) != edit)
        #expect(try fingerprint(.editedMessage("HI").messageID(1)) == edit)
    }

    @Test("what cannot be said twice has none")
    func none() throws {
        #expect(try fingerprint(.chatMember("member").inGroup(-1)) == nil)
        #expect(try fingerprint(.poll("p")) == nil)
        #expect(try fingerprint(TelegramUpdateBuilder(.message, ["new_chat_title": "x"])) == nil)
    }

    @Test("long texts that differ only at their ends are two")
    func longTexts() throws {
        let text = String(repeating: "ü", count: 4_000)
        let one = try #require(try fingerprint(.message(text + "a")))
        let other = try #require(try fingerprint(.message(text + "b")))
        #expect(one != other)
        #expect(one.utf8.count <= 512)
        #expect(try fingerprint(.message(text + "A")) == one)
    }

    @Test("votes and reactions are told apart by what was chosen")
    func choices() throws {
        #expect(try fingerprint(.pollAnswer("p", options: [1])) != fingerprint(.pollAnswer("p", options: [2])))
        #expect(try fingerprint(.messageReaction("👍")) != fingerprint(.messageReaction("👎")))
        #expect(try fingerprint(.inlineQuery("Cats ")) == fingerprint(.inlineQuery("cats", id: "other")))
    }
}
