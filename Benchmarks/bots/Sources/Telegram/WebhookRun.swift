import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SluiceBotClients
import SluiceBots
import SluiceBotsTesting

/// Telegram's updates to a webhook in a process of its own, whose handlers take a second each.
struct WebhookRun {
    private static let secret = "benchmark"
    /// As many connections as Telegram opens unless it is told otherwise.
    private let connections = 40

    func measure() async throws {
        let server = Process()
        let output = Pipe()
        server.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        server.arguments = ["webhook-server"]
        server.standardOutput = output
        try server.run()
        defer { server.terminate() }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else { return }

        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        let client = HTTPClient(configuration: configuration)
        let load = WebhookLoad(client: client, base: "http://127.0.0.1:\(port)", secret: Self.secret)
        _ = try await load.flood(1_000, connections: connections, from: 1)

        let flood = try await load.flood(12_000, connections: connections, from: 100_000)
        print("flood: \(flood.answers.told) over \(String(format: "%.2f", flood.took.seconds)) s,")
        let rate = Int(Double(flood.durations.count) / flood.took.seconds)
        print("       \(rate) a second; the answer: \(flood.durations.told)")
        print("waiting: \(try await load.waiting())")
        // As many as are handled in the same time: so the number that waits remains.
        let steady = try await load.steady(10_000, perSecond: 1_000, connections: connections, from: 200_000)
        print("steady, 1,000 a second: \(steady.answers.told); the answer: \(steady.durations.told)")
        print("waiting: \(try await load.waiting())")
        try await client.shutdown()
    }

    /// The bot: handlers take a second, and do nothing.
    static func serve() async throws {
        let webhook = TelegramWebhook(secret: try WebhookSecret(secret)) { _ in
            try? await Task.sleep(for: .seconds(1))
        }
        let router = Router()
        router.telegramWebhook(webhook, at: "/telegram")
        router.get("/waiting") { _, _ in "\(webhook.load.waiting)" }
        var logger = Logger(label: "bot")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                FileHandle.standardOutput.write(Data("\(channel.localAddress?.port ?? 0)\n".utf8))
            }, logger: logger)
        try await ServiceGroup(services: [application, TelegramWebhookService(webhook)], logger: logger).run()
    }
}
