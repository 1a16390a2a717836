import Sluice
import SluiceBotClients
import SluiceBots

/// Answers viewers, each as often as the policy `viewer` allows.
struct ViewerBot: Sendable {
    let pipeline: BotPipeline

    /// - Parameter answersAll: Whether every message is a question, not only commands.
    init(_ limiter: Limiter, sources: Sources, answersAll: Bool = false) throws {
        var settings = BotSettings()
        // Who asks again within his ten seconds is not told so: a busy chat would hear of nothing else.
        settings.denialReply = { denial in
            guard denial.denial.rule?.description == "hourly" else { return nil }
            let words = BotPhrases.english.words(for: denial.denial.retryAfter ?? .hours(1))
            return .message("@\(denial.update.user?.name ?? "") that was enough for now; ask me again in \(words)")
        }
        settings.repliesToFailures = false
        settings.onError = { print("\($0.handler): \($0.error)") }
        // One failure is enough: 5 seconds of rest, then twice as long each time, 5 minutes at most, less by chance.
        let breaker = CircuitBreaker("model", BreakerConfiguration(failuresInARow: 1), time: limiter.time)
        let paced = try sources.paced(
            wikipedia: Pacer(limiter, "wikipedia"), games: Pacer(limiter, "igdb"), model: breaker)
        func handler(
            _ filter: BotFilter, _ source: @escaping @Sendable (String) async throws -> String
        ) -> BotHandler {
            // A question that could not be answered was none.
            BotHandler(filter, refundsFailures: true) { call in
                let answer = try await source(call.question)
                try await call.reply("@\(call.update.user?.name ?? "") \(answer)")
            }
        }
        pipeline = try BotPipeline(limiter, policies: ["viewer"], settings: settings) {
            handler(.command("wiki"), paced.wikipedia)
            handler(.command("game"), paced.games)
            handler(answersAll ? .kind("message") : .command("ask"), paced.model)
        }
    }

    /// Runs in Twitch's chat until the task is cancelled.
    func run(_ configuration: TwitchConfiguration, time: TimeSource = .system) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            let (updates, inbox) = AsyncStream.makeStream(of: BotUpdate.self, bufferingPolicy: .bufferingNewest(1_024))
            let chat = try TwitchChat(configuration, time: time) { inbox.yield($0) }
            group.addTask {
                defer { inbox.finish() }
                try await chat.run()
            }
            for await update in updates {
                // A task for each: at most seven of them have something to do, the others are denied at once.
                group.addTask {
                    await pipeline.handle(update) { reply, update in
                        try await chat.say(reply.text, in: update.chat?.id ?? "")
                    }
                }
            }
        }
    }
}

extension BotCall {
    /// What stands after the command.
    fileprivate var question: String {
        let text = update.text ?? ""
        guard update.command != nil else { return text }
        return text.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
    }
}
