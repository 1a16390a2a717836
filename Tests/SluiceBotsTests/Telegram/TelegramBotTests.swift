import SluiceBotClients
import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("Calls of the Bot API")
struct TelegramBotTests {
    private static let token = "7:very-secret"

    @Test("over HTTP: a message arrives with what it was given, and returns what was made of it")
    func http() async throws {
        let api = FakeBotAPI(token: Self.token)
        try await api.serve { base async throws in
            let bot = TelegramBot(try HTTPTelegramTransport(token: TelegramToken(Self.token), base: base))
            #expect(try await bot.getMe().username == "fake_bot")
            let sent = try await bot.sendMessage("Grüße 👋", to: 42, thread: 3, ["disable_notification": true])
            #expect(sent.id == 1)
            try await bot.answerCallbackQuery("q", "Slow down", asAlert: true)
        }
        #expect(api.messages.first?.parameters["text"] == "Grüße 👋")
        #expect(api.messages.first?.parameters["message_thread_id"] == 3)
        #expect(api.messages.first?.parameters["disable_notification"] == true)
        #expect(api.calls.last?.parameters["show_alert"] == true)
    }

    @Test("a wrong token is refused, and no error holds it")
    func wrongToken() async throws {
        let api = FakeBotAPI(token: "8:other")
        try await api.serve { base async throws in
            let token = try TelegramToken(Self.token)
            let bot = TelegramBot(try HTTPTelegramTransport(token: token, base: base))
            let error = await #expect(throws: TelegramError.self) { try await bot.getMe() }
            #expect(error?.code == .unauthorized)
            #expect(!"\(String(reflecting: error))".contains("very-secret"))
        }
    }

    @Test("nobody there is told without the address's token")
    func unreachable() async throws {
        let token = try TelegramToken(Self.token)
        let bot = TelegramBot(try HTTPTelegramTransport(token: token, base: "http://127.0.0.1:1"), timeout: .seconds(1))
        let error = await #expect(throws: TelegramError.self) { try await bot.getMe() }
        #expect(error?.code == .unreachable && error?.isWorthRetrying == true)
        #expect(!"\(String(reflecting: error))".contains("very-secret"))
    }

    @Test("refusals become errors that say what to do next")
    func refusals() async throws {
        let api = FakeBotAPI()
        let bot = TelegramBot(api)
        api.answerNext("sendMessage", status: 429, "Too Many Requests: retry after 35", parameters: ["retry_after": 35])
        api.answerNext("sendMessage", status: 400, "Bad Request", parameters: ["migrate_to_chat_id": -1_001_234])
        api.answerNext("sendMessage", status: 403, "Forbidden: bot was blocked by the user")
        let tooMany = await #expect(throws: TelegramError.self) { try await bot.sendMessage("x", to: 1) }
        #expect(tooMany?.code == .tooManyRequests && tooMany?.retryAfter == .seconds(35))
        let migrated = await #expect(throws: TelegramError.self) { try await bot.sendMessage("x", to: -1) }
        #expect(migrated?.code == .migrated && migrated?.migrateToChatID == -1_001_234)
        let blocked = await #expect(throws: TelegramError.self) { try await bot.sendMessage("x", to: 1) }
        #expect(blocked?.code == .forbidden && blocked?.isWorthRetrying == false)
        let unknown = await #expect(throws: TelegramError.self) { try await bot.call("makeCoffee") }
        #expect(unknown?.code == .notFound)
    }

    @Test("answers that are none of the Bot API's are told", arguments: ["", "<html>", "{}", "[]", #"{"ok":true}"#])
    func nonsense(_ answer: String) async {
        for status in [200, 502] {
            let bot = TelegramBot(FixedAnswer(status: status, body: answer))
            let error = await #expect(throws: TelegramError.self) { try await bot.getMe() }
            #expect(error?.code == (status == 502 && answer != #"{"ok":true}"# ? .unavailable : .malformedAnswer))
            await #expect(throws: TelegramError.self) { _ = try await bot.getUpdates() }
        }
    }

    @Test("updates are taken apart as they stand")
    func apart() async throws {
        let result = #"[ {"update_id":1,"a":"]}\"\\"} , {"b":[1,{"c":2}]},3, "x,]" ]"#
        let answer = #"{ "ok" : true, "description":"result", "result" : \#(result) }"#
        let bot = TelegramBot(FixedAnswer(status: 200, body: answer))
        let updates = try await bot.getUpdates().map { String(decoding: $0, as: UTF8.self) }
        #expect(updates == [#"{"update_id":1,"a":"]}\"\\"}"#, #"{"b":[1,{"c":2}]}"#, "3", #""x,]""#])
    }

    @Test("tokens of another form are refused unrepeated, and none is ever printed")
    func tokens() throws {
        for wrong in ["", "7", "7:", ":abc", "x:abc", "7:a/b", "7:a:b", "7:a b"] {
            let error = #expect(throws: TelegramError.self) { try TelegramToken(wrong) }
            #expect(wrong.count < 3 || error?.message.contains(wrong) == false)
        }
        let token = try TelegramToken(Self.token)
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("very-secret"))
        #expect("\(token)" == "7:(secret)")
    }
}

private struct FixedAnswer: TelegramTransport {
    var status: Int
    var body: String

    func call(_ method: String, body: [UInt8], timeout: Duration) async throws -> (status: Int, body: [UInt8]) {
        (status, Array(self.body.utf8))
    }
}
