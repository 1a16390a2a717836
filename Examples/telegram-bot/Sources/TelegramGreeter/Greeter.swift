import Hummingbird
import Logging
import ServiceLifecycle
import Sluice
import SluiceBotClients
import SluiceBots

/// What the bot does, and how updates come to it.
struct Greeter: Sendable {
    private let bot: TelegramBot
    private let name: String?
    private let pipeline: BotPipeline
    private let logger = Logger(label: "greeter")

    init(_ bot: TelegramBot, name: String?) throws {
        self.bot = bot
        self.name = name
        // A handler's own policy is decided together with the one that holds for all of them.
        let roll = Policy("roll") { Rule("dice", by: .user, .cooldown(.seconds(5))) }
        pipeline = try BotPipeline(with: [roll], throttle: .tokenBucket(5, per: .seconds(10))) {
            BotHandler(.command("start", "help")) { call in
                try await call.reply(Words(call.update.user?.language).hello(call.update.user?.name))
            }
            BotHandler(.command("roll"), policy: "roll") { call in
                try await call.reply("🎲 \(Int.random(in: 1...6))")
            }
            BotHandler(.callback()) { call in
                try await call.alert(Words(call.update.user?.language).pressed)
            }
            BotHandler(.kind("message").and(.matching { $0.chat?.kind == .direct && $0.text != nil })) { call in
                try await call.reply(Words(call.update.user?.language).said(call.update.text ?? ""))
            }
        }
    }

    /// Asks Telegram for updates.
    func polling() async throws -> [any Service] {
        try await bot.deleteWebhook()
        logger.notice("Polling")
        return [
            TelegramPolling(bot, botName: name, observing: { self.tell($0) }) { update in
                await pipeline.handle(update, replyingBy: bot)
            }
        ]
    }

    /// Has Telegram send updates to this address, behind which this process listens.
    func webhook(at address: String, _ environment: Environment) async throws -> [any Service] {
        let secret = try WebhookSecret(environment.get("WEBHOOK_SECRET") ?? "")
        let webhook = TelegramWebhook(secret: secret, botName: name, observing: { self.tell($0) }) { update in
            await pipeline.handle(update, replyingBy: bot)
        }
        let router = Router()
        router.telegramWebhook(webhook, at: "/telegram")
        let port = environment.get("PORT", as: Int.self) ?? 8443
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { _ in
                do {
                    try await bot.setWebhook(address, secret: secret)
                    logger.notice("Listening for Telegram on port \(port)")
                } catch {
                    logger.critical("\(error)")
                }
            })
        return [application, TelegramWebhookService(webhook)]
    }

    private func tell(_ error: TelegramError) { logger.warning("\(error)") }
}
