import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

@Suite("What a denied user is told")
struct BotRepliesTests {
    @Test(
        "is a span in the words of his language, by its rule of plurals",
        arguments: [
            ("en", 1, "1 second"), ("en", 119, "119 seconds"), ("en", 120, "2 minutes"), ("en", 121, "3 minutes"),
            ("en", 7_200, "2 hours"), ("en", 172_800, "2 days"), ("de", 172_800, "2 Tagen"), ("fr", 1, "1 seconde"),
            ("es", 2, "2 segundos"), ("it", 7_200, "2 ore"), ("pt", 1, "1 segundo"), ("ru", 1, "1 секунду"),
            ("ru", 3, "3 секунды"), ("ru", 5, "5 секунд"), ("ru", 11, "11 секунд"), ("ru", 21, "21 секунду"),
            ("ru", 112, "112 секунд"), ("uk", 22, "22 секунди"), ("uk", 432_000, "5 днів"), ("tr", 120, "2 dakika"),
            ("id", 5, "5 detik"),
        ] as [(String, Int, String)])
    func words(language: String, seconds: Int, expected: String) throws {
        let phrases = try #require(BotPhrases.languages[language])
        #expect(phrases.words(for: .seconds(seconds)) == expected)
    }

    @Test("never asks anybody to come back too early")
    func roundedUp() {
        #expect(BotPhrases.english.words(for: .milliseconds(1)) == "1 second")
        #expect(BotPhrases.english.words(for: .milliseconds(1_001)) == "2 seconds")
    }

    @Test(
        "has a place for the time in every language, and no phrase is empty",
        arguments: BotPhrases.languages.keys.sorted())
    func complete(language: String) throws {
        let phrases = try #require(BotPhrases.languages[language])
        #expect(phrases.wait.contains("{time}"))
        #expect(phrases.banned.contains("{time}"))
        for text in [phrases.busy, phrases.never, phrases.failed] {
            #expect(!text.isEmpty && !text.contains("{"))
        }
    }

    @Test("is in the language that the platform tells, or the nearest, or the bot's own")
    func language() async throws {
        let replies = Recorder<BotReply>()
        var settings = BotSettings()
        settings.language = "it"
        let bot = try BotPipeline(
            throttle: .fixedWindow(1, per: .days(30)), settings: settings,
            replyingBy: { reply, _ in replies.add(reply) }
        ) { BotHandler(.all) { _ in } }
        for language in ["de", "pt-BR", "xx", nil] {
            for text in ["a", "b"] {
                var update = BotUpdate.message(text, from: language ?? "none")
                update.user?.language = language
                if language == "de" { update.callbackData = "pressed" }
                await bot.handle(update)
            }
        }
        #expect(replies.all.count == 4)
        #expect(replies.all[0] == .alert(replies.all[0].text), "a pressed button is answered with a notice")
        let openings = ["Bitte", "Mais", "Non", "Non"]
        for (reply, opening) in zip(replies.all, openings) { #expect(reply.text.hasPrefix(opening)) }
    }

    @Test(
        "goes out once for each denial, user and chat: not before it is over, and not late", arguments: [UInt64](0..<6))
    func once(seed: UInt64) async throws {
        var random = SplitMixGenerator(seed: seed)
        let time = ManualTime()
        let replies = Recorder<String>()
        var settings = BotSettings()
        settings.repliesToRepeats = true
        let bot = try BotPipeline(
            settings: settings, time: .provided(by: time), replyingBy: { reply, _ in replies.add(reply.text) }
        ) { BotHandler(.all) { _ in } }
        /// Until when the last reply to a user in a chat said that he is denied.
        var told: [String: Timestamp] = [:]
        for step in 0..<600 {
            time.advance(by: .milliseconds(Int64(random.next() % 1_500)))
            let (user, chat) = ("\(random.next() % 2)", "\(random.next() % 2)")
            let before = replies.all.count
            let outcome = await bot.handle(.message("t\(random.next() % 4)", from: user, in: chat))
            let isTold = replies.all.count > before
            guard case .denied(let denial) = outcome, let span = denial.denial.retryAfter else {
                #expect(!isTold, "seed \(seed), step \(step)")
                continue
            }
            let key = "\(user) \(chat)"
            if let until = told[key] {
                #expect(!isTold || time.now() >= until, "seed \(seed), step \(step): told too early")
                // Ends are known to a tenth of a second, rounded up.
                #expect(isTold || time.now() < until + .milliseconds(100), "seed \(seed), step \(step): not told")
            } else {
                #expect(isTold, "seed \(seed), step \(step): not told")
            }
            if isTold { told[key] = time.now() + span }
        }
        #expect(replies.all.count > 20, "seed \(seed): too little happened")
    }
}

/// Random numbers from a seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMixGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
