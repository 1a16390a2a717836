import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

@Suite("Sending within Telegram's limits")
struct TelegramPacingTests {
    private let time = ManualTime()
    private let api: FakeBotAPI
    private let pacer: Pacer<Limiter>
    private var bot: TelegramBot

    init() throws {
        api = FakeBotAPI(time: .provided(by: time))
        bot = TelegramBot(api)
        var preset = PacingPreset.telegram()
        preset.settings.longestWait = .hours(1)
        pacer = try Pacer(preset, time: .provided(by: time))
        bot.pacing = pacer
    }

    /// Sends so many messages to these chats. Time goes on only while all that are not sent wait: it never passes
    /// between a decision and the message's arrival.
    private func send(_ count: Int, to chats: [Int64]) async throws {
        let clock = Task { [time, api, pacer] in
            // Who is about to wake may still count as waiting: all must be so for a while.
            var calm = 0
            while !Task.isCancelled {
                let standing = pacer.standing
                // While an answer is on its way to the bot, the messages behind it only wait for their deadline.
                let isSoon = time.nextMoment.map { $0 - time.now() <= .seconds(60) } ?? false
                let isCalm = standing.isTimed && !standing.isAsking && isSoon
                calm = isCalm && standing.waiting == count - api.messages.count ? calm + 1 : 0
                if calm == 200 {
                    calm = 0
                    time.advanceToNextSleeper()
                }
                await Task.yield()
            }
        }
        defer { clock.cancel() }
        try await withThrowingTaskGroup(of: Void.self) { [bot] group in
            for number in 0..<count {
                group.addTask { try await bot.sendMessage("\(number)", to: chats[number % chats.count]) }
            }
            try await group.waitForAll()
        }
    }

    @Test("not one message is refused: to many chats, to one, to a group", arguments: [Array(1...50), [7], [-7]])
    func noneRefused(_ chats: [Int64]) async throws {
        try await send(90, to: chats)
        #expect(api.messages.count == 90)
        #expect(api.refusals.isEmpty)
    }

    @Test("what is refused all the same is sent again when Telegram says")
    func retried() async throws {
        api.answerNext("sendMessage", status: 429, "Too Many Requests", parameters: ["retry_after": 35])
        let start = time.now()
        try await send(1, to: [1])
        #expect(api.messages.count == 1)
        #expect(time.now() - start >= .seconds(35))
    }

    @Test("who is to wait for hours is told, not kept waiting")
    func hours() async throws {
        api.answerNext("sendMessage", status: 429, "Too Many Requests", parameters: ["retry_after": 7_200])
        let error = await #expect(throws: TelegramError.self) { try await bot.sendMessage("x", to: 1) }
        #expect(error?.retryAfter == .seconds(7_200))
    }

    @Test("what is no message is not held up")
    func others() async throws {
        try await bot.sendMessage("x", to: 1)
        try await bot.call("sendChatAction", ["chat_id": 1, "action": "typing"])
        try await bot.answerCallbackQuery("q")
        #expect(api.calls.count == 3)
    }
}
