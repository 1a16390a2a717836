import Foundation
import SluiceBots
import SluiceBotsTesting

/// How long it takes to read an update.
struct DecodeRun {
    func measure() throws {
        let updates = [
            (
                "a command in a group",
                TelegramUpdateBuilder.message("/start now").from(42, language: "de").inGroup(-100)
            ),
            ("a photo", TelegramUpdateBuilder.media("photo", file: "u1", caption: "Look at this")),
            ("a pressed button", TelegramUpdateBuilder.callbackQuery("buy:1234")),
        ]
        for (name, builder) in updates {
            let json = builder.json
            let (rounds, count) = (5, 20_000)
            let nanoseconds = try (0..<rounds).map { _ in
                let start = ContinuousClock.now
                for _ in 0..<count { _ = try TelegramUpdate(json: json, botName: "fake_bot") }
                return (ContinuousClock.now - start).seconds / Double(count) * 1e9
            }.sorted()
            print("\(name): \(json.count) bytes, \(String(format: "%.1f", nanoseconds[rounds / 2] / 1_000)) µs")
        }
    }
}
