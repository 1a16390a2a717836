import AsyncHTTPClient
import Foundation
import Sluice
import SluiceBotClients
import SluiceBots
import SluiceBotsTesting

/// Sends as fast as Telegram allows, over HTTP to a fake Bot API that refuses whatever comes too early.
struct SendRun: Sendable {
    let messages: Int
    let chats: Int

    func measure() async throws {
        let api = FakeBotAPI(token: "7:fake")
        let took = try await api.serve { base in
            var bot = TelegramBot(try HTTPTelegramTransport(token: TelegramToken("7:fake"), base: base))
            bot.pacing = try Pacer(.telegram())
            return try await send(by: bot)
        }
        // 30 at once, and then 30 in each second.
        let shortest = Double(messages - 30) / 30
        let lines = [
            "messages: \(api.messages.count) to \(chats) chats", "refused with 429: \(api.refusals.count)",
            "took \(String(format: "%.2f", took.seconds)) s; the shortest possible is "
                + "\(String(format: "%.2f", shortest)) s: "
                + "\(String(format: "%.2f", (took.seconds / shortest - 1) * 100)) % more",
        ]
        print(lines.joined(separator: "\n"))
    }

    private func send(by bot: TelegramBot) async throws -> Duration {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<messages {
                group.addTask { try await bot.sendMessage("message \(number)", to: Int64(number % chats + 1)) }
            }
            try await group.waitForAll()
        }
        return ContinuousClock.now - start
    }
}
