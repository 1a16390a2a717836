import Sluice
import SluiceBots

/// What a fake Bot API knows and answers. No clock, no lock, no I/O.
struct FakeBotAPIState {
    /// Why somebody who waits for updates is woken.
    enum Wake: Sendable {
        case update, replaced
    }

    /// What a call is answered.
    struct Answer: Sendable {
        var status: Int
        var body: JSONValue

        static func result(_ result: JSONValue) -> Answer { Answer(status: 200, body: ["ok": true, "result": result]) }

        static func refusal(_ status: Int, _ description: String) -> Answer {
            Answer(
                status: status,
                body: ["ok": false, "error_code": .integer(Int64(status)), "description": .string(description)])
        }

        static func conflict(_ why: String) -> Answer { refusal(409, "Conflict: \(why)") }

        /// Whether `getUpdates` may keep its caller waiting.
        var isEmptyBatch: Bool { status == 200 && body["result"] == [] }
    }

    /// Where updates go.
    struct Webhook: Sendable, Hashable {
        var url: String
        var secret: String?
        var connections: Int
    }

    var calls: [FakeBotAPI.Call] = []
    var prepared: [String: [Answer]] = [:]
    var updates: [TelegramUpdateBuilder] = []
    var webhook: Webhook?
    var webhookChange: AsyncStream<Void>.Continuation?
    var pushes: [FakeBotAPI.Push] = []
    private var sent: Set<Int64> = []
    private var limits: ArrivalLimits
    private var allowed: Set<String> = []
    private var nextUpdate: Int64 = 1
    private var nextMessage: Int64 = 1
    private var waiters: [UInt64: AsyncStream<Wake>.Continuation] = [:]
    private var nextWaiter: UInt64 = 0

    init(limits: FakeBotAPILimits) { self.limits = ArrivalLimits(limits) }

    /// Remembers a call.
    /// - Returns: Its place.
    mutating func record(_ method: String, _ parameters: JSONValue, at now: Timestamp) -> Int {
        calls.append(FakeBotAPI.Call(moment: now, method: method, parameters: parameters, status: 0))
        return calls.count - 1
    }

    /// Numbers an update, and keeps it if the bot wants its kind.
    mutating func enqueue(_ update: TelegramUpdateBuilder) -> Int64 {
        defer { nextUpdate += 1 }
        let unasked: [TelegramUpdateKind] = [.chatMember, .messageReaction, .messageReactionCount]
        let isWanted = allowed.isEmpty ? !unasked.contains(update.kind) : allowed.contains(update.kind.rawValue)
        if isWanted { updates.append(update.id(nextUpdate)) }
        return nextUpdate
    }

    mutating func answer(_ method: String, _ parameters: JSONValue, at now: Timestamp) -> Answer {
        if prepared[method]?.isEmpty == false, let answer = prepared[method]?.removeFirst() { return answer }
        switch method {
        case "getMe":
            return .result(["id": 7, "is_bot": true, "first_name": "Fake", "username": "fake_bot"])
        case "getUpdates": return batch(parameters)
        case "setWebhook", "deleteWebhook":
            allow(parameters)
            let url = parameters["url"]?.string ?? ""
            webhook =
                method == "deleteWebhook" || url.isEmpty
                ? nil
                : Webhook(
                    url: url, secret: parameters["secret_token"]?.string,
                    connections: Int(parameters["max_connections"]?.integer ?? 40))
            return .result(true)
        case _ where TelegramBot.isMessage(method): return message(parameters, at: now)
        case "answerCallbackQuery", "sendChatAction", "setMyCommands", "editMessageText", "deleteMessage":
            return .result(true)
        default: return .refusal(404, "Not Found")
        }
    }

    private mutating func allow(_ parameters: JSONValue) {
        if let kinds = parameters["allowed_updates"]?.array { allowed = Set(kinds.compactMap(\.string)) }
    }

    private mutating func message(_ parameters: JSONValue, at now: Timestamp) -> Answer {
        let chat: String
        switch parameters["chat_id"] {
        case .integer(let id): chat = String(id)
        case .string(let name): chat = name
        default: return .refusal(400, "Bad Request: chat_id is empty")
        }
        if let early = limits.take(chat, at: now) {
            let seconds = max(1, early.secondsRoundedUp)
            var answer = Answer.refusal(429, "Too Many Requests: retry after \(seconds)")
            answer.body["parameters"] = ["retry_after": .integer(seconds)]
            return answer
        }
        defer { nextMessage += 1 }
        return .result([
            "message_id": .integer(nextMessage), "date": .integer(now.nanoseconds / 1_000_000_000),
            "chat": ["id": parameters["chat_id"] ?? .null, "type": chat.hasPrefix("-") ? "supergroup" : "private"],
            "text": parameters["text"] ?? .null,
        ])
    }

    private mutating func batch(_ parameters: JSONValue) -> Answer {
        guard webhook == nil else {
            return .conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete it first")
        }
        allow(parameters)
        if let offset = parameters["offset"]?.integer { updates.removeAll { $0.id < offset } }
        let limit = min(max(Int(parameters["limit"]?.integer ?? 100), 1), 100)
        return .result(.array(updates.prefix(limit).map(\.value)))
    }

    mutating func await(_ wake: AsyncStream<Wake>.Continuation) -> UInt64 {
        nextWaiter += 1
        waiters[nextWaiter] = wake
        return nextWaiter
    }

    mutating func forget(_ waiter: UInt64) { waiters[waiter] = nil }

    /// Takes out who waits for updates, to be woken outside of the lock.
    mutating func takeWaiters(as wake: Wake = .update) -> [@Sendable () -> Void] {
        defer { waiters = [:] }
        return waiters.values.map { waiter in
            {
                waiter.yield(wake)
                waiter.finish()
            }
        }
    }

    /// The updates that are not on their way to the webhook; now they are.
    mutating func unsent() -> [TelegramUpdateBuilder] {
        guard webhook != nil else { return [] }
        let unsent = updates.filter { !sent.contains($0.id) }
        sent.formUnion(unsent.map(\.id))
        return unsent
    }

    /// The webhook has taken an update.
    mutating func isTaken(_ id: Int64) {
        updates.removeAll { $0.id == id }
        sent.remove(id)
    }

    /// The webhook has gone before it took an update.
    mutating func isNotSent(_ id: Int64) { sent.remove(id) }
}
