import Logging
import RESP
import RedisServers
import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceRedis
import Testing

/// The same pipeline on a real Redis.
@Suite("A bot's pipeline on Redis")
struct SharedPipelineTests {
    private func limiter(_ prefix: String, _ policies: [Policy]) async throws -> SharedLimiter {
        var store = try RedisStore(await RedisServer.shared().url)
        store.prefix = prefix
        store.redis.commandTimeout = .seconds(20)
        return try SharedLimiter(
            policies, store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("decides the pipeline's policy and the handler's in one step, for all instances together")
    func joint() async throws {
        let policies = [
            Policy.bot(debounce: nil, throttle: .fixedWindow(3, per: .days(30))), .botReplies,
            Policy("search") { Rule("rare", by: .user, .fixedWindow(1, per: .days(30))) },
        ]
        let replies = Recorder<String>()
        let instances = [
            try await limiter("bot-joint", policies), try await limiter("bot-joint", policies),
        ]
        let bots = try instances.map { instance in
            try BotPipeline(instance, replyingBy: { reply, _ in replies.add(reply.text) }) {
                BotHandler(.command("search"), policy: "search") { _ in }
                BotHandler(.all) { _ in }
            }
        }
        #expect(await bots[0].handle(.message("/search 1")).isHandled)
        for number in 0..<6 {
            guard case .denied(let denial) = await bots[number % 2].handle(.message("/search again")) else {
                Issue.record("one search in all")
                return
            }
            #expect(denial.policy == "search")
        }
        #expect(replies.all.count == 1, "told once by both of them")
        // The six denials were charged to nobody.
        #expect(await bots[1].handle(.message("a")).isHandled)
        #expect(await bots[0].handle(.message("b")).isHandled)
        #expect(await bots[1].handle(.message("c")).isHandled == false)
        for instance in instances { await instance.shutDown() }
    }

    @Test("holds slots on Redis while handlers run")
    func slots() async throws {
        let policies = [
            Policy.bot(debounce: nil), Policy("at-once") { Rule("busy", .concurrency(1, lease: .seconds(30))) },
        ]
        let shared = try await limiter("bot-slots", policies)
        let gate = Gate()
        let bot = try BotPipeline(shared) { BotHandler(.all, policy: "at-once") { _ in await gate.pass() } }
        async let first = bot.handle(.message("a", from: "1"))
        await gate.untilWaiting(1)
        #expect(await bot.handle(.message("b", from: "2")).isHandled == false)
        gate.open()
        #expect(await first.isHandled)
        #expect(await bot.handle(.message("c", from: "2")).isHandled)
        await shared.shutDown()
    }

    @Test(
        "without Redis handlers with slots run or not as the policy says, and as before when it is back",
        arguments: [StoreFailure.allow, .deny, .local])
    func away(_ choice: StoreFailure) async throws {
        try await RedisServer.during { server in
            var store = try RedisStore(server.url)
            store.redis.backOff.maximum = .milliseconds(50)
            var (usual, slots) = (Policy.bot(debounce: nil), Policy("at-once") { Rule("busy", .concurrency(1)) })
            (usual.onStoreFailure, slots.onStoreFailure) = (choice, choice)
            let shared = try SharedLimiter(
                [usual, slots], store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let bot = try BotPipeline(shared) { BotHandler(.all, policy: "at-once") { _ in } }
            #expect(await bot.handle(.message("a", from: "1")).isHandled)
            await server.kill()
            switch (await bot.handle(.message("b", from: "2")), choice) {
            case (.handled(let decision), .allow), (.handled(let decision), .local): #expect(decision.isDegraded)
            case (.denied(let denial), .deny): #expect(denial.denial.isDegraded)
            case (let other, _): Issue.record("\(other)")
            }
            #expect(bot.heldLeases == 0)
            try await server.restart()
            try await eventually("Redis decides again") {
                guard case .handled(let decision) = await bot.handle(.message("c", from: "3")) else { return false }
                return !decision.isDegraded
            }
            #expect(bot.heldLeases == 0)
            await shared.shutDown()
        }
    }
}
