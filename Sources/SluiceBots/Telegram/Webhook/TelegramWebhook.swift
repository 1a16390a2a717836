internal import Synchronization

/// Takes Telegram's updates from any HTTP server: proves the sender, answers at once, works in the background.
///
/// ```swift
/// let webhook = TelegramWebhook(secret: try WebhookSecret(secret)) { update in await reply(to: update) }
/// let answer = webhook.receive(secretToken: header, body: body)   // answer.status, at once
/// ```
/// Updates of a chat are handled in the order they came, other chats are not held up. An update that comes again is
/// answered with 200 and not handled again. When there is no room the answer is 503, and Telegram repeats the update:
/// nothing is lost. ``work()`` must run for anything to be handled; it returns once ``drain()`` was called and all is
/// handled.
public final class TelegramWebhook: Sendable {
    /// The header that the secret comes in.
    public static let secretHeader = "X-Telegram-Bot-Api-Secret-Token"

    private struct Memory {
        var numbers: RecentNumbers
        var counts = WebhookCounts()
    }

    private let secret: WebhookSecret
    private let botName: String?
    private let memory: Mutex<Memory>
    private let worker: UpdateWorker<TelegramUpdate>
    private let observe: @Sendable (TelegramError) -> Void

    /// A webhook of one bot.
    /// - Parameters:
    ///   - secret: What was given to `setWebhook` as `secret_token`.
    ///   - botName: What the bot is called, so that commands for others are none.
    ///   - bounds: How many may wait and how many are handled at once.
    ///   - remembered: How many updates' numbers are remembered, for those that come again.
    ///   - claims: Where several instances serve one bot behind one address: who takes an update. It is asked in the
    ///     background.
    ///   - observe: Is told of updates that cannot be read.
    ///   - handle: Handles an update.
    public init(
        secret: WebhookSecret, botName: String? = nil, bounds: DeliveryBounds = DeliveryBounds(),
        remembered: Int = 32_768, claims: (any UpdateClaims)? = nil,
        observing observe: @escaping @Sendable (TelegramError) -> Void = { _ in },
        handle: @escaping @Sendable (TelegramUpdate) async -> Void
    ) {
        self.secret = secret
        self.botName = botName
        self.observe = observe
        memory = Mutex(Memory(numbers: RecentNumbers(capacity: remembered)))
        worker = UpdateWorker(bounds: bounds) { update in
            if let claims, (try? await claims.claim(String(update.id))) == false { return }
            await handle(update)
        }
    }

    /// How it has gone so far.
    public var counts: WebhookCounts { memory.withLock { $0.counts } }

    /// How many updates wait, and how many are handled.
    public var load: (waiting: Int, running: Int) { worker.counts }

    /// Takes a request. Never waits.
    /// - Parameters:
    ///   - secretToken: The value of ``secretHeader``.
    ///   - body: The request's body.
    /// - Complexity: O(bytes).
    public func receive(secretToken: String?, body: some Collection<UInt8>) -> WebhookAnswer {
        let answer = answer(secretToken, body)
        memory.withLock { $0.counts.count(answer) }
        return answer
    }

    private func answer(_ secretToken: String?, _ body: some Collection<UInt8>) -> WebhookAnswer {
        guard secret.matches(secretToken) else { return .unauthorized }
        guard body.count <= TelegramUpdate.maximumBytes else { return .tooLarge }
        let update: TelegramUpdate
        do throws(TelegramError) {
            update = try TelegramUpdate(json: body, botName: botName)
        } catch {
            observe(error)
            // Telegram would send for ever what can never be read; what has not even a number is not from Telegram.
            return error.updateID == nil ? .malformed : .unreadable
        }
        // Offered under the lock: of the same update twice at once the second finds the first one remembered.
        return memory.withLock { memory in
            if memory.numbers.contains(update.id) { return .repeated }
            switch worker.offer(update, lane: update.lane) {
            case .accepted:
                memory.numbers.insert(update.id)
                return .accepted
            case .full: return .full
            case .stopping: return .stopping
            }
        }
    }

    /// Handles what is accepted, until ``drain()`` was called and all is handled, or until the task is cancelled.
    /// - Returns: How many were accepted and not handled: 0 unless it was cancelled.
    @discardableResult
    public func work() async -> Int { await worker.run() }

    /// Takes no more: from now on updates are answered with 503, so that Telegram keeps them for the next start.
    public func drain() { worker.drain() }
}
