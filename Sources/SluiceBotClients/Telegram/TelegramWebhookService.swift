import HTTPTypes
public import Hummingbird
import NIOCore
public import ServiceLifecycle
public import SluiceBots

/// Does a webhook's work in the background, until the service group shuts down gracefully and all is handled.
///
/// Services stop in reverse: named after the HTTP server it stops first, so that updates which still come are answered
/// with 503 and kept by Telegram.
public struct TelegramWebhookService: Service {
    private let webhook: TelegramWebhook

    /// The background work of a webhook.
    public init(_ webhook: TelegramWebhook) { self.webhook = webhook }

    /// Works until shutdown.
    public func run() async throws {
        await withGracefulShutdownHandler {
            _ = await webhook.work()
        } onGracefulShutdown: {
            webhook.drain()
        }
    }
}

extension RouterMethods {
    /// Takes a bot's updates on a path.
    ///
    /// ```swift
    /// let router = Router()
    /// router.telegramWebhook(webhook, at: "/telegram")
    /// let application = Application(router: router, services: [TelegramWebhookService(webhook)])
    /// ```
    @discardableResult
    public func telegramWebhook(_ webhook: TelegramWebhook, at path: RouterPath) -> Self {
        post(path) { request, _ in
            let secret = request.headers[.telegramSecret]
            let answer: WebhookAnswer
            do {
                let body = try await request.body.collect(upTo: TelegramUpdate.maximumBytes)
                answer = webhook.receive(secretToken: secret, body: body.readableBytesView)
            } catch is NIOTooManyBytesError {
                answer = .tooLarge
            }
            return Response(status: .init(code: answer.status))
        }
    }
}

extension HTTPField.Name {
    /// The field that a webhook's secret comes in.
    fileprivate static let telegramSecret: HTTPField.Name = {
        guard let name = HTTPField.Name(TelegramWebhook.secretHeader) else {
            preconditionFailure("the name has letters and hyphens only")
        }
        return name
    }()
}
