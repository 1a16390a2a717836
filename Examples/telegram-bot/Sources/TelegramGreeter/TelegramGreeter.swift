import Hummingbird
import Logging
import ServiceLifecycle
import Sluice
import SluiceBotClients
import SluiceBots
import UnixSignals

/// A bot that greets, in its user's language, as often as its limits allow.
@main
struct TelegramGreeter {
    static func main() async throws {
        let environment = Environment()
        guard let token = environment.get("TELEGRAM_TOKEN") else {
            print("Set TELEGRAM_TOKEN to the token that @BotFather gave you.")
            throw ExitCode.usage
        }
        let base = environment.get("TELEGRAM_API") ?? "https://api.telegram.org"
        var bot = TelegramBot(try HTTPTelegramTransport(token: TelegramToken(token), base: base))
        // What the bot sends is as fast as Telegram lets it be, and no faster.
        bot.pacing = try Pacer(.telegram())

        let greeter = try Greeter(bot, name: try await bot.getMe().username)
        let services: [any Service] =
            if let address = environment.get("WEBHOOK_URL") {
                try await greeter.webhook(at: address, environment)
            } else {
                try await greeter.polling()
            }
        let group = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "greeter"))
        try await group.run()
    }

    enum ExitCode: Error { case usage }
}
