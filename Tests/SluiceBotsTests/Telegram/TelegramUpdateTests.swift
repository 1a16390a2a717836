import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("What a Telegram update says")
struct TelegramUpdateTests {
    @Test("every kind is read, and says who and where as far as the Bot API tells", arguments: TelegramUpdateKind.known)
    func everyKind(_ kind: TelegramUpdateKind) throws {
        let builder = try #require(TelegramUpdateBuilder.ofEveryKind.first { $0.kind == kind })
        let update = try builder.id(77).build()
        #expect(update.id == 77)
        #expect(update.update.id == "77")
        #expect(update.kind == kind)
        #expect(update.update.kind == kind.rawValue)
        #expect(update.json == builder.id(77).json)
        let nobody: Set<TelegramUpdateKind> = [
            .channelPost, .editedChannelPost, .deletedBusinessMessages, .messageReactionCount, .poll,
        ]
        #expect(update.update.user?.id == (nobody.contains(kind) ? nil : "42"))
        let nowhere: Set<TelegramUpdateKind> = [
            .inlineQuery, .chosenInlineResult, .shippingQuery, .preCheckoutQuery, .purchasedPaidMedia, .poll,
            .pollAnswer,
        ]
        #expect((update.update.chat == nil) == nowhere.contains(kind))
        let queries: Set<TelegramUpdateKind> = [.callbackQuery, .inlineQuery, .shippingQuery, .preCheckoutQuery]
        #expect(update.queryID == (queries.contains(kind) ? "query" : nil))
    }

    @Test("a message in a topic names user, language, group, topic and message")
    func topic() throws {
        let update = try TelegramUpdateBuilder.message("Hello").from(7, name: "Bo", language: "pt-BR")
            .inGroup(-100).inTopic(5).messageID(9).build()
        #expect(update.update.user == BotUser(id: "7", name: "Bo", language: "pt-br"))
        #expect(update.update.chat == BotChat(id: "-100", kind: .group, thread: "5"))
        #expect(update.chatID == -100 && update.threadID == 5 && update.messageID == 9)
        #expect(update.update.text == "Hello")
        #expect(update.lane == "-100")
    }

    @Test("a thread of answers in a group without topics is no place")
    func answers() throws {
        let update = try TelegramUpdateBuilder.message("hi").inGroup(-100).set("message_thread_id", 5).build()
        #expect(update.update.chat?.thread == nil)
    }

    @Test(
        "a command is for this bot, for another, or none",
        arguments: [
            ("/start", "start"), ("/Start now", "start"), ("/start@My_Bot x", "start"), ("/start@MY_BOT", "start"),
            ("/start@another_bot", nil), ("start", nil), ("/", nil), ("/@my_bot", nil),
        ] as [(String, String?)])
    func commands(_ text: String, _ command: String?) throws {
        let update = try TelegramUpdateBuilder.message(text).build(botName: "@my_bot")
        #expect(update.update.command == command)
        let media = try TelegramUpdateBuilder.media("photo", file: "f", caption: text).build(botName: "my_bot")
        #expect(media.update.command == command)
    }

    @Test("without the bot's name every command is taken, and a slash without Telegram's mark is none")
    func commandsOfAll() throws {
        #expect(try TelegramUpdateBuilder.message("/a@any_bot").build().update.command == "a")
        #expect(try TelegramUpdateBuilder.message("/a").set("entities", nil).build().update.command == nil)
        let elsewhere: JSONValue = [["type": "bot_command", "offset": 3, "length": 2]]
        #expect(try TelegramUpdateBuilder.message("hi /a").set("entities", elsewhere).build().update.command == nil)
    }

    @Test("an entity that lies about its length gives no command", arguments: [-1, 0, 1, 2, 3, 99, Int64.max])
    func lyingEntity(_ length: Int64) throws {
        let entities: JSONValue = [["type": "bot_command", "offset": 0, "length": .integer(length)]]
        // The crab takes two units of UTF-16: a length of 2 ends within it.
        let update = try TelegramUpdateBuilder.message("/🦀").set("entities", entities).build()
        #expect(update.update.command == (length == 3 ? "🦀" : nil))
    }

    @Test("an anonymous administrator is the group, and an administrator")
    func anonymous() throws {
        let update = try TelegramUpdateBuilder.message("hi").inGroup(-100).asAnonymousAdministrator().build()
        #expect(update.update.user?.id == "-100")
        #expect(update.update.user?.roles == [.administrator])
        #expect(update.senderChatID == -100)
    }

    @Test("who speaks as a channel is that channel, and has no role")
    func channel() throws {
        let update = try TelegramUpdateBuilder.message("hi").inGroup(-100).asChannel(-555).build()
        #expect(update.update.user?.id == "-555")
        #expect(update.update.user?.roles == [])
        let reaction = try TelegramUpdateBuilder.messageReaction("👍").fromNobody().inGroup(-100)
            .set("actor_chat", ["id": -555, "type": "channel"]).build()
        #expect(reaction.update.user?.id == "-555")
    }

    @Test(
        "a change of one's own standing tells the role",
        arguments: [
            ("creator", [.owner]), ("administrator", [.administrator]), ("member", []), ("kicked", []),
        ] as [(String, Set<BotUser.Role>)])
    func roles(_ status: String, _ roles: Set<BotUser.Role>) throws {
        #expect(try TelegramUpdateBuilder.chatMember(status).inGroup(-1).build().update.user?.roles == roles)
        #expect(try TelegramUpdateBuilder.chatMember(status, of: 8).inGroup(-1).build().update.user?.roles == [])
    }

    @Test("a kind of tomorrow passes as such, with user and chat if it has them")
    func unknownKind() throws {
        let fields: [String: JSONValue] = ["id": 5, "text": ["no": "text"], "entities": 3]
        let update = try TelegramUpdateBuilder(TelegramUpdateKind(rawValue: "hologram"), fields).from(7).inGroup(-1)
            .build()
        #expect(update.kind.isKnown == false)
        #expect(update.update.user?.id == "7")
        #expect(update.update.chat?.id == "-1")
        let bare = try TelegramUpdate(json: #"{"update_id":1,"hologram":[1]}"#.utf8)
        #expect(bare.update.kind == "hologram" && bare.update.user == nil && bare.lane == nil)
    }

    @Test("a handler reads what it likes from the whole update")
    func payload() throws {
        struct Message: Decodable {
            var text: String
            var date: Int
        }
        let message: Message = try TelegramUpdateBuilder.message("hi").build().payload()
        #expect(message.text == "hi" && message.date == 1_700_000_000)
        #expect(throws: DecodingError.self) { try TelegramUpdateBuilder.poll("p").build().payload(as: Message.self) }
    }
}
