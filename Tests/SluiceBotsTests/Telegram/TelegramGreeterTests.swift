import Foundation
import RedisServers
import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("The example bot for Telegram")
struct TelegramGreeterTests {
    @Test("by polling: it greets in the user's language, keeps its limits, and confirms what it handled")
    func polling() async throws {
        let api = FakeBotAPI(token: "7:example")
        try await api.serve { base async throws in
            let bot = try ExampleBot("TelegramGreeter", ["TELEGRAM_TOKEN": "7:example", "TELEGRAM_API": base])
            api.send(.message("/start").from(1, name: "Ada", language: "en"))
            api.send(.message("/start@fake_bot").from(2, name: "Jörg", language: "de").inGroup(-100))
            api.send(.message("/start@another_bot").from(3).inGroup(-100))
            try await eventually("two are greeted") { api.messages.count == 2 }
            #expect(Self.texts(api, to: 1).first?.hasPrefix("Hello Ada!") == true)
            #expect(Self.texts(api, to: -100).first?.hasPrefix("Hallo Jörg!") == true)

            // The second throw within five seconds is refused with words in German.
            for text in ["/roll", "/roll again"] { api.send(.message(text).from(2, language: "de")) }
            try await eventually("both are answered") { Self.texts(api, to: 2).count == 2 }
            #expect(Self.texts(api, to: 2).first?.hasPrefix("🎲") == true)
            #expect(Self.texts(api, to: 2).last?.contains("Sekunden") == true)

            api.send(.callbackQuery("x").from(4, language: "de"))
            try await eventually("the button is answered") {
                api.calls.contains { $0.method == "answerCallbackQuery" }
            }
            #expect(api.calls.last { $0.method == "answerCallbackQuery" }?.parameters["text"] == "Gedrückt.")
            #expect(try await bot.stop() == 0)
        }
        #expect(api.refusals.isEmpty)
    }

    @Test("by webhook: the same, over HTTP from Telegram to the bot")
    func webhook() async throws {
        let api = FakeBotAPI(token: "7:example")
        try await api.serve { base async throws in
            let port = try await FreePort.find()
            let bot = try ExampleBot(
                "TelegramGreeter",
                [
                    "TELEGRAM_TOKEN": "7:example", "TELEGRAM_API": base, "PORT": "\(port)",
                    "WEBHOOK_URL": "http://127.0.0.1:\(port)/telegram", "WEBHOOK_SECRET": "a-secret",
                ])
            for user in 1...20 { api.send(.message("number \(user)").from(Int64(user))) }
            try await eventually("all are answered") { api.messages.count == 20 }
            #expect(Self.texts(api, to: 7) == ["You say: number 7"])
            #expect(api.pendingUpdates == 0)
            #expect(try await bot.stop() == 0)
        }
        #expect(api.refusals.isEmpty)
        #expect(api.pushes.allSatisfy { $0.status == 200 })
    }

    private static func texts(_ api: FakeBotAPI, to chat: Int64) -> [String] {
        api.messages.filter { $0.parameters["chat_id"]?.integer == chat }.compactMap { $0.parameters["text"]?.string }
    }
}

/// An example's program, as it was built together with these tests.
private final class ExampleBot {
    private let process = Process()

    init(_ name: String, _ environment: [String: String]) throws {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath()
        repeat {
            folder.deleteLastPathComponent()
        } while folder.path != "/"
            && !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent(name).path)
        process.executableURL = folder.appendingPathComponent(name)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Asks it to stop, and returns its exit code.
    func stop() async throws -> Int32 {
        process.terminate()
        try await eventually("it ends") { !self.process.isRunning }
        return process.terminationStatus
    }
}
