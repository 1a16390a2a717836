import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SluiceBots
import Synchronization

extension FakeBotAPI {
    /// Serves the same over HTTP on loopback, on a free port, and sends updates to the webhook while one is set.
    ///
    /// Updates of a chat are sent one after another, as Telegram does; what is not answered with 2xx is sent again.
    /// - Parameters:
    ///   - retry: After how long.
    ///   - body: Is given the address to be used in place of `https://api.telegram.org`. When it returns the server
    ///     ends.
    /// - Throws: What `body` throws, or why nothing could be listened on.
    public func serve<Result: Sendable>(
        retry: Duration = .milliseconds(50), _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "fake-bot-api")
        logger.logLevel = .error
        let application = Application(
            router: router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                listening.yield(channel.localAddress?.port ?? 0)
            },
            logger: logger)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await ServiceGroup(services: [application], logger: application.logger).run()
                return nil
            }
            group.addTask {
                await self.pushUpdates(retry: retry)
                return nil
            }
            group.addTask {
                for await port in ports { return try await body("http://127.0.0.1:\(port)") }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
            }
            throw CancellationError()
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post(":bot/:method") { [self] request, context in
            let body = try await request.body.collect(upTo: 1 << 20)
            let method = try context.parameters.require("method")
            guard try context.parameters.require("bot") == "bot\(token)" else {
                return Response(401, #"{"ok":false,"error_code":401,"description":"Unauthorized"}"#.utf8)
            }
            let answer = try await call(method, body: Array(body.readableBytesView), timeout: .zero)
            return Response(answer.status, answer.body)
        }
        return router
    }

    /// Sends updates to the webhook until the task is cancelled.
    private func pushUpdates(retry: Duration) async {
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.webhookChange = change }
        change.yield()
        // As many as a test likes; and Telegram's usual number of connections.
        let bounds = DeliveryBounds(waiting: 1_000_000, waitingPerLane: 1_000_000, running: 40)
        let worker = UpdateWorker<TelegramUpdateBuilder>(bounds: bounds) { await self.push($0, retry: retry) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            for await _ in changes {
                for update in state.withLock({ $0.unsent() }) {
                    _ = worker.offer(update, lane: (try? update.build())?.lane)
                }
            }
            group.cancelAll()
        }
    }

    /// Sends an update until it is taken, or the webhook is gone.
    private func push(_ update: TelegramUpdateBuilder, retry: Duration) async {
        while !Task.isCancelled {
            guard let webhook = state.withLock({ $0.webhook }) else {
                return state.withLock { $0.isNotSent(update.id) }
            }
            var request = HTTPClientRequest(url: webhook.url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            if let secret = webhook.secret { request.headers.add(name: TelegramWebhook.secretHeader, value: secret) }
            request.body = .bytes(ByteBuffer(bytes: update.json))
            let status = try? await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code
            state.withLock { $0.pushes.append(FakeBotAPI.Push(update: update.id, status: Int(status ?? 0))) }
            if let status, (200..<300).contains(status) { return state.withLock { $0.isTaken(update.id) } }
            try? await Task.sleep(for: retry)
        }
    }
}

extension Response {
    fileprivate init(_ status: Int, _ json: some Collection<UInt8>) {
        self.init(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }
}
