import Foundation
import Testing

/// What `Integrations/aiogram` puts before the handlers of a bot, with the real aiogram.
@Suite("A bot with aiogram")
struct AiogramTests {
    /// Limits that last for hours, so that a slow machine changes nothing.
    private static let policies = """
        policies:
          chat:
            rules:
              - {name: flood, by: [user], limit: 5 per 10h, burst: 5}
              - {name: repeats, by: [user, text], debounce: 1h}
              - {name: buttons, by: [user, callback], debounce: 1h}
          images:
            rules:
              - {name: images, by: [user], limit: 9 per 1h, algorithm: sliding-log}
        """

    @Test("is limited through the Redis protocol and HTTP, answers once, and goes on when no server does")
    func decides() async throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write(Self.policies, to: "limits.yaml").path
        try await RunningServer.during("--config", file, in: scratch) { server in
            let ending = try await ChildProcess.run(
                [
                    Repository.root.appendingPathComponent(".build/venv/bin/python").path,
                    Repository.root.appendingPathComponent("Tests/Clients/aiogram_bot.py").path,
                    try server.port(of: "resp"), try server.port(of: "http"),
                ], in: scratch, within: .seconds(150))
            #expect(ending.status == 0 && ending.output == "ok\n", "\(ending.output)\(ending.errors)")
        }
    }

    @Test("has a policy file that is valid, and an example that compiles")
    func example() async throws {
        let scratch = try ScratchFolder()
        let folder = Repository.root.appendingPathComponent("Integrations/aiogram")
        let checked = try await SluiceBinary.run(
            "config", "check", folder.appendingPathComponent("sluice.yaml").path, in: scratch)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        let ending = try await ChildProcess.run(
            [
                Repository.root.appendingPathComponent(".build/venv/bin/python").path, "-B", "-c",
                "import sys; sys.path.insert(0, sys.argv[1]); import bot; print(len(bot.router.message.handlers))",
                folder.path,
            ], in: scratch)
        #expect(ending.output == "3\n", "\(ending.errors)")
    }
}
