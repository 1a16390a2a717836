import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Testing

@Suite("A bot's pipeline")
struct BotPipelineTests {
    private let time = ManualTime()
    private let replies = Recorder<String>()
    private let runs = Recorder<String>()

    private var replier: BotReplier {
        let replies = replies
        return { reply, update in replies.add("\(update.user?.id ?? "-"): \(reply.text)") }
    }

    private func record(_ name: String) -> BotHandler.Body {
        let runs = runs
        return { call in runs.add("\(name) \(call.update.text ?? "")") }
    }

    private func pipeline(
        with policies: [Policy] = [], throttle: Limit = .tokenBucket(5, per: .seconds(10)),
        settings: BotSettings = BotSettings(), @BotRouteBuilder _ routes: () -> [BotRoute]
    ) throws -> BotPipeline {
        try BotPipeline(
            with: policies, throttle: throttle, settings: settings, time: .provided(by: time), replyingBy: replier,
            routes)
    }

    @Test("protects with one call: repeats are dropped, a flood is stopped, and told so once")
    func oneCall() async throws {
        let bot = try pipeline { BotHandler(.all, record("any")) }
        #expect(await bot.handle(.message("a")).isHandled)
        let repeated = await bot.handle(.message("a"))
        guard case .denied(let denial) = repeated else { Issue.record("a repeat passed"); return }
        #expect(denial.algorithm == .debounce)
        #expect(denial.policy == "bot")
        #expect(replies.all.isEmpty, "a repeat is not worth a word")
        for text in ["b", "c", "d", "e"] { #expect(await bot.handle(.message(text)).isHandled) }
        for text in ["f", "g", "h"] { #expect(await bot.handle(.message(text)).isHandled == false) }
        #expect(replies.all == ["42: Not so fast, please. Try again in 2 seconds."])
        #expect(await bot.handle(.message("a", from: "43")).isHandled, "another user is not concerned")
        time.advance(by: .seconds(2))
        #expect(await bot.handle(.message("i")).isHandled, "the denial told when to come back")
        #expect(await bot.handle(.message("j")).isHandled == false)
        #expect(replies.all.count == 2, "the next denial is told again")
    }

    @Test("goes to the first handler that takes an update; what nobody takes costs nothing")
    func routing() async throws {
        let bot = try pipeline(throttle: .fixedWindow(1, per: .hours(1))) {
            BotHandler(.matching { $0.text == "/start magic" }, record("magic"))
            BotHandler(.command("start", "help"), record("start"))
            BotRouter(when: .kind("callback_query")) {
                BotHandler(.callback("buy:"), record("buy"))
                BotHandler(.callback(), record("button"))
            }
            BotHandler(.command("start"), record("never"))
        }
        guard case .unhandled = await bot.handle(.message("hello", from: "1")) else {
            Issue.record("nobody takes it")
            return
        }
        await bot.handle(.message("/start magic", from: "1"))
        await bot.handle(.message("/START", from: "2"))
        await bot.handle(.message("/help", from: "3"))
        for (user, data) in [("4", "buy:1"), ("5", "sell")] {
            await bot.handle(
                BotUpdate(platform: .telegram, kind: "callback_query", user: BotUser(id: user), callbackData: data))
        }
        #expect(runs.all == ["magic /start magic", "start /START", "start /help", "buy ", "button "])
    }

    @Test("a handler's policy applies wherever it is registered, together with all others or not at all")
    func ownPolicies() async throws {
        let policies = [
            Policy("search") { Rule("rare", by: .user, .cooldown(.minutes(1))) },
            Policy("router") { Rule("room", by: .chat, .fixedWindow(2, per: .hours(1))) },
        ]
        let bot = try pipeline(with: policies, throttle: .fixedWindow(3, per: .hours(1))) {
            BotRouter(policy: "router") {
                BotRouter(when: .kind("message")) {
                    BotHandler(.command("search"), policy: "search", record("search"))
                }
                BotHandler(.command("other"), record("other"))
            }
            BotHandler(.all, record("any"))
        }
        #expect(await bot.handle(.message("/search 1")).isHandled)
        for number in 2...9 {
            guard case .denied(let denial) = await bot.handle(.message("/search \(number)")) else {
                Issue.record("the cooldown was not asked")
                return
            }
            #expect(denial.policy == "search")
            #expect(denial.handler == "search")
        }
        // Nothing of the eight denials was charged to the user or the room.
        #expect(await bot.handle(.message("/other 1")).isHandled)
        guard case .denied(let full) = await bot.handle(.message("/other 2")) else {
            Issue.record("the router's policy was not asked")
            return
        }
        #expect(full.policy == "router")
        #expect(await bot.handle(.message("x")).isHandled)
        #expect(await bot.handle(.message("y")).isHandled == false, "three an hour for each user")
    }

    @Test("all scopes are decided at once")
    func scopes() async throws {
        let scopes = Policy("scopes") {
            Rule("user", by: .user, .fixedWindow(3, per: .hours(1)))
            Rule("user-in-chat", by: .user, .chat, .fixedWindow(2, per: .hours(1)))
            Rule("group", by: .group, .fixedWindow(3, per: .hours(1)))
            Rule("global", .fixedWindow(5, per: .hours(1)))
        }
        let limiter = try Limiter([scopes], time: .provided(by: time))
        let bot = try BotPipeline(limiter, policies: ["scopes"]) { BotHandler(.all, record("any")) }
        func rule(_ user: String, _ chat: String?) async -> String? {
            guard case .denied(let denial) = await bot.handle(.message("t", from: user, in: chat)) else { return nil }
            return denial.denial.rule?.description
        }
        #expect(await rule("1", "a") == nil)
        #expect(await rule("1", "a") == nil)
        #expect(await rule("1", "a") == "user-in-chat")
        #expect(await rule("1", "b") == nil)
        #expect(await rule("1", "c") == "user")
        #expect(await rule("2", "a") == nil)
        #expect(await rule("3", "a") == "group")
        #expect(await rule("3", nil) == nil)
        #expect(await rule("4", nil) == "global")
    }

    @Test("methods, buckets, costs and keys of a handler's own reach the rules")
    func handlerValues() async throws {
        let policies = [
            Policy("costly") { Rule("budget", by: .user, .fixedWindow(10, per: .hours(1))) },
            Policy("shared") { Rule("bucket", by: [.user, .bucket], .fixedWindow(1, per: .hours(1))) },
            Policy("tenant") { Rule("tenant", by: [DescriptorKey("tenant")], .fixedWindow(1, per: .hours(1))) },
        ]
        let bot = try pipeline(with: policies) {
            BotHandler(.command("draw"), policy: "costly", cost: 6, record("draw"))
            BotHandler(.command("one"), policy: "shared", bucket: "media", record("one"))
            BotHandler(.command("two"), policy: "shared", bucket: "media", record("two"))
            BotHandler(.command("three"), policy: "shared", bucket: "text", record("three"))
            BotHandler(.command("mine"), policy: "tenant", values: { _ in ["tenant": "acme"] }, record("mine"))
        }
        #expect(await bot.handle(.message("/draw", from: "1")).isHandled == false, "6 of 5 tokens never pass")
        #expect(await bot.handle(.message("/one", from: "2")).isHandled)
        #expect(await bot.handle(.message("/two", from: "2")).isHandled == false)
        #expect(await bot.handle(.message("/three", from: "2")).isHandled)
        #expect(await bot.handle(.message("/mine", from: "3")).isHandled)
        #expect(await bot.handle(.message("/mine", from: "4")).isHandled == false)
    }

    @Test("owners and moderators pass uncounted; overrides give others more")
    func exemptions() async throws {
        var settings = BotSettings()
        settings.exemptions = [.users("1"), .roles(.moderator, .broadcaster)]
        let limits = Policy("limits") {
            Rule(
                "flood", by: .user, .fixedWindow(1, per: .hours(1)),
                overrides: [.init([.role: "vip"], .fixedWindow(3, per: .hours(1)))])
        }
        let limiter = try Limiter([limits], time: .provided(by: time))
        let bot = try BotPipeline(limiter, policies: ["limits"], settings: settings) {
            BotHandler(.command("free"), exempting: [.matching { $0.user?.name == "friend" }], record("free"))
            BotHandler(.all, record("any"))
        }
        func passes(_ id: String, _ roles: Set<BotUser.Role> = [], name: String? = nil, _ text: String = "t") async
            -> Int
        {
            var passed = 0
            for _ in 0..<5 {
                var update = BotUpdate.message(text, from: id)
                update.user?.roles = roles
                update.user?.name = name
                if await bot.handle(update).isHandled { passed += 1 }
            }
            return passed
        }
        #expect(await passes("1") == 5)
        #expect(await passes("2", [.moderator]) == 5)
        #expect(await passes("3", [.vip, .subscriber]) == 3)
        #expect(await passes("4") == 1)
        #expect(await passes("5", name: "friend", "/free") == 5)
    }

    @Test("a handler that throws is answered for once, and gives back what it was charged if it says so")
    func failures() async throws {
        struct Broken: Error {}
        let failures = Recorder<String>()
        var settings = BotSettings()
        settings.onError = { failures.add("\($0.handler): \($0.error)") }
        let bot = try pipeline(throttle: .fixedWindow(2, per: .hours(1)), settings: settings) {
            BotHandler(.command("mend"), refundsFailures: true) { _ in throw Broken() }
            BotHandler(.command("break")) { _ in throw Broken() }
        }
        for number in 0..<5 { await bot.handle(.message("/mend \(number)", from: "1")) }
        #expect(failures.all == Array(repeating: "mend: Broken()", count: 5))
        for number in 0..<5 { await bot.handle(.message("/break \(number)", from: "2")) }
        #expect(failures.all.count == 7, "two ran, three were denied")
        #expect(replies.all.filter { $0.hasPrefix("1:") } == ["1: Something went wrong. Please try again later."])
        #expect(replies.all.filter { $0.hasPrefix("2:") }.count == 1)
    }

    @Test("as many handlers run at once as there are slots, and each slot comes back")
    func slots() async throws {
        let gate = Gate()
        let policies = [Policy("at-once") { Rule("busy", .concurrency(2, lease: .seconds(30))) }]
        let bot = try pipeline(with: policies) {
            BotHandler(.command("work"), policy: "at-once") { _ in await gate.pass() }
        }
        async let first = bot.handle(.message("/work", from: "1"))
        async let second = bot.handle(.message("/work", from: "2"))
        await gate.untilWaiting(2)
        #expect(bot.heldLeases == 2)
        guard case .denied(let denial) = await bot.handle(.message("/work", from: "3")) else {
            Issue.record("a third had a slot")
            return
        }
        #expect(denial.algorithm == .concurrency)
        #expect(replies.all == ["3: I am busy with others. Try again in a moment."])
        gate.open()
        #expect(await first.isHandled)
        #expect(await second.isHandled)
        #expect(bot.heldLeases == 0)
        #expect(await bot.handle(.message("/work again", from: "3")).isHandled)
    }

    @Test("a policy that is not there is found when the bot is set up, with the nearest name")
    func unknownPolicy() throws {
        let error = #expect(throws: SluiceError.self) {
            _ = try pipeline(with: [Policy("search") { Rule("r", by: .user, .cooldown(.seconds(1))) }]) {
                BotHandler(.command("find"), policy: "serach", record("find"))
            }
        }
        #expect(error?.code == .unknownPolicy)
        #expect(error?.message == "handler 'find': unknown policy 'serach' (did you mean 'search'?)")
    }

    @Test("a policy that could never apply is found when the bot is set up")
    func uselessPolicy() throws {
        let error = #expect(throws: SluiceError.self) {
            _ = try pipeline(with: [Policy("api") { Rule("r", by: "usr", .cooldown(.seconds(1))) }]) {
                BotHandler(.all, policy: "api", record("any"))
            }
        }
        #expect(error?.message.contains("(did you mean 'user'?)") == true)
    }

    @Test("policies that are replaced apply from the next update on")
    func reload() async throws {
        let limiter = try Limiter([.bot(debounce: nil, throttle: .fixedWindow(1, per: .days(30)))])
        let bot = try BotPipeline(limiter) { BotHandler(.all, record("any")) }
        #expect(await bot.handle(.message("a")).isHandled)
        #expect(await bot.handle(.message("b")).isHandled == false)
        try limiter.replacePolicies(with: [.bot(debounce: nil, throttle: .fixedWindow(2, per: .days(30)))])
        #expect(await bot.handle(.message("c")).isHandled)
        try limiter.replacePolicies(with: [])
        guard case .failed(let failure) = await bot.handle(.message("d")) else {
            Issue.record("a policy that is gone lets nobody pass")
            return
        }
        #expect((failure.error as? SluiceError)?.code == .unknownPolicy)
    }

    @Test("middlewares run around handlers, the first outermost, and only for what passes")
    func middlewares() async throws {
        let runs = runs
        var settings = BotSettings()
        settings.middlewares = ["outer", "inner"].map { name -> BotMiddleware in
            { call, next in
                runs.add("\(name) in")
                try await next(call)
                runs.add("\(name) out")
            }
        }
        let bot = try pipeline(throttle: .fixedWindow(1, per: .hours(1)), settings: settings) {
            BotHandler(.all, record("any"))
        }
        await bot.handle(.message("a"))
        await bot.handle(.message("b"))
        #expect(runs.all == ["outer in", "inner in", "any a", "inner out", "outer out"])
    }
}
