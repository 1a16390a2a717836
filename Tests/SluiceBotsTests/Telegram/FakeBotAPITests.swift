import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

@Suite("The fake Bot API")
struct FakeBotAPITests {
    @Test("takes 30 a second in any window, and tells when the next may come")
    func overall() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let bot = TelegramBot(api)
        for chat in 1...30 { try await bot.sendMessage("hi", to: Int64(chat)) }
        time.advance(by: .milliseconds(999))
        let early = await #expect(throws: TelegramError.self) { try await bot.sendMessage("hi", to: 31) }
        #expect(early?.code == .tooManyRequests)
        #expect(early?.retryAfter == .seconds(1))
        time.advance(by: .milliseconds(1))
        try await bot.sendMessage("hi", to: 31)
        #expect(api.messages.count == 31 && api.refusals.count == 1)
    }

    @Test("takes a short burst to a chat, then one a second; what it refuses it does not count")
    func chat() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let bot = TelegramBot(api)
        for _ in 0..<3 { try await bot.sendMessage("hi", to: 1) }
        for _ in 0..<5 {
            await #expect(throws: TelegramError.self) { try await bot.sendMessage("hi", to: 1) }
        }
        time.advance(by: .seconds(1))
        try await bot.sendMessage("hi", to: 1)
        await #expect(throws: TelegramError.self) { try await bot.sendMessage("hi", to: 1) }
        try await bot.sendMessage("hi", to: 2)
    }

    @Test("takes 20 a minute to a group")
    func group() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let bot = TelegramBot(api)
        for _ in 0..<20 {
            try await bot.sendMessage("hi", to: -100)
            time.advance(by: .seconds(1))
        }
        let error = await #expect(throws: TelegramError.self) { try await bot.sendMessage("hi", to: -100) }
        #expect(error?.retryAfter == .seconds(40))
        try await bot.sendMessage("hi", to: 1)
    }

    @Test("never takes more than the limits in any window, whatever comes", arguments: 0..<8 as Range<UInt64>)
    func property(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let bot = TelegramBot(api)
        for _ in 0..<600 {
            let chat = random.pick([-2, -1, 1, 2, 3, 4, 5, 6] as [Int64])
            _ = try? await bot.sendMessage("hi", to: chat)
            time.advance(by: .milliseconds(random.number(in: 0...120)))
        }
        let taken = api.messages
        for (index, message) in taken.enumerated() {
            let before = taken[...index]
            #expect(before.count { message.moment - $0.moment < .seconds(1) } <= 30, "seed \(seed)")
            let same = before.filter { $0.parameters["chat_id"] == message.parameters["chat_id"] }
            for earlier in same {
                let span = message.moment - earlier.moment
                let count = same.count { $0.moment >= earlier.moment }
                #expect(count <= 3 + Int(span.components.seconds), "seed \(seed)")
            }
            if let chat = message.parameters["chat_id"]?.integer, chat < 0 {
                #expect(same.count { message.moment - $0.moment < .seconds(60) } <= 20, "seed \(seed)")
            }
        }
        #expect(taken.count > 100 && !api.refusals.isEmpty, "seed \(seed)")
    }

    @Test("who asks later for updates takes the place of who asked before")
    func replaced() async throws {
        let time = ManualTime()
        let api = FakeBotAPI(time: .provided(by: time))
        let bot = TelegramBot(api)
        async let first = bot.getUpdates(timeout: .seconds(50))
        await time.untilSleepers(1)
        async let second = bot.getUpdates(timeout: .seconds(50))
        do {
            _ = try await first
            Issue.record("the first was answered")
        } catch let error as TelegramError {
            #expect(error.code == .conflict)
        }
        await time.untilSleepers(1)
        api.send(.message("hi"))
        #expect(try await second.count == 1)
    }

    @Test("with a webhook it hands out no updates, and kinds that were not asked for are not sent")
    func webhook() async throws {
        let api = FakeBotAPI()
        let bot = TelegramBot(api)
        api.send(.messageReaction("👍"))
        #expect(api.pendingUpdates == 0)
        try await bot.setWebhook("http://127.0.0.1:1/", secret: WebhookSecret("s"), kinds: [.messageReaction])
        api.send(.messageReaction("👍"))
        api.send(.message("hi"))
        #expect(api.pendingUpdates == 1)
        let error = await #expect(throws: TelegramError.self) { _ = try await bot.getUpdates() }
        #expect(error?.code == .conflict)
        try await bot.deleteWebhook()
        #expect(try await bot.getUpdates().count == 1)
    }
}
