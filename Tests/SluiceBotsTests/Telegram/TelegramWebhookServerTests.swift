import Hummingbird
import Logging
import ServiceLifecycle
import SluiceBotClients
import SluiceBots
import SluiceBotsTesting
import Synchronization
import Testing

@Suite("A webhook behind a server")
struct TelegramWebhookServerTests {
    @Test("updates arrive by HTTP, each once and those of a chat in order; what was refused is sent again")
    func endToEnd() async throws {
        let api = FakeBotAPI(token: "7:t")
        let seen = Mutex<[String: [Int64]]>([:])
        let done = Barrier()
        let secret = try WebhookSecret("secret")
        // Less room than there are updates: some are refused, and come again.
        let webhook = TelegramWebhook(secret: secret, bounds: DeliveryBounds(waiting: 5, running: 2)) { update in
            let count = seen.withLock { seen in
                seen[update.update.user?.id ?? "", default: []].append(update.id)
                return seen.values.reduce(0) { $0 + $1.count }
            }
            if count == 60 { done.open() }
        }
        try await api.serve(retry: .milliseconds(1)) { base in
            let bot = TelegramBot(try HTTPTelegramTransport(token: TelegramToken("7:t"), base: base))
            for number in 0..<60 { api.send(.message("\(number)").from(Int64(number % 6) + 1)) }
            try await self.serve(webhook) { port in
                try await bot.setWebhook("http://127.0.0.1:\(port)/telegram", secret: secret)
                await done.wait()
            }
        }
        let result = seen.withLock { $0 }
        #expect(result.count == 6)
        #expect(result.values.allSatisfy { $0.count == 10 && $0 == $0.sorted() })
    }

    @Test("who knows no secret is answered with 401, and a body that is too large with 413")
    func strangers() async throws {
        let webhook = TelegramWebhook(secret: try WebhookSecret("secret")) { _ in }
        try await serve(webhook) { port async throws in
            let address = "http://127.0.0.1:\(port)/telegram"
            #expect(try await post(TelegramUpdateBuilder.message("x").json, to: address, secret: nil) == 401)
            #expect(try await post(TelegramUpdateBuilder.message("x").json, to: address, secret: "Secret") == 401)
            #expect(try await post(TelegramUpdateBuilder.message("x").json, to: address, secret: "secret") == 200)
            let large = [UInt8](repeating: 0x20, count: TelegramUpdate.maximumBytes + 1)
            #expect(try await post(large, to: address, secret: "secret") == 413)
        }
    }

    @Test("at shutdown what was accepted is handled")
    func drained() async throws {
        let seen = Atomic(0)
        let gate = Barrier()
        let webhook = TelegramWebhook(secret: try WebhookSecret("s")) { _ in
            await gate.wait()
            seen.add(1, ordering: .relaxed)
        }
        try await serve(webhook) { port async throws in
            for id in 1...5 {
                let body = TelegramUpdateBuilder.message("x").id(Int64(id)).json
                #expect(try await post(body, to: "http://127.0.0.1:\(port)/telegram", secret: "s") == 200)
            }
            await gate.untilWaiting()
            Task { gate.open() }
        }
        #expect(seen.load(ordering: .relaxed) == 5)
    }

    /// Runs an application with the webhook's route and work, and shuts it down gracefully.
    private func serve(
        _ webhook: TelegramWebhook, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "webhook")
        logger.logLevel = .error
        let router = Router()
        router.telegramWebhook(webhook, at: "/telegram")
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [application, TelegramWebhookService(webhook)], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
