public import Sluice
public import SluiceBots
import Synchronization

/// A Bot API in this process, for tests: it takes messages as fast as Telegram would and no faster, hands out updates,
/// and remembers every call.
///
/// ```swift
/// let api = FakeBotAPI()
/// let bot = TelegramBot(api)                      // in this process, also on a time line moved by hand
/// api.send(.message("/start").from(42))           // an update for getUpdates or the webhook
/// try await api.serve { base in … }               // the same over HTTP, on loopback
/// #expect(api.refusals.isEmpty)
/// ```
public final class FakeBotAPI: TelegramTransport {
    /// A call as it arrived, and what became of it.
    public struct Call: Sendable, Hashable {
        /// When it had arrived.
        public var moment: Timestamp
        /// The method's name.
        public var method: String
        /// Its parameters.
        public var parameters: JSONValue
        /// The HTTP status of the answer; 0 while there is none.
        public var status: Int
    }

    /// An update as it was sent to the webhook.
    public struct Push: Sendable, Hashable {
        /// The update's number.
        public var update: Int64
        /// The HTTP status of the bot's answer; 0 if there was none.
        public var status: Int
    }

    /// The token that it takes over HTTP.
    public let token: String
    private let time: TimeSource
    let state: Mutex<FakeBotAPIState>

    /// A Bot API with one bot.
    /// - Parameters:
    ///   - limits: How fast it takes messages.
    ///   - time: The time line that it counts on.
    ///   - token: The bot's token.
    public init(
        limits: FakeBotAPILimits = .telegram, time: TimeSource = .system, token: String = "7:fake-token"
    ) {
        self.token = token
        self.time = time
        state = Mutex(FakeBotAPIState(limits: limits))
    }

    /// Every call, in the order of arrival.
    public var calls: [Call] { state.withLock { $0.calls } }

    /// The calls that were refused with 429.
    public var refusals: [Call] { calls.filter { $0.status == 429 } }

    /// The messages that were taken.
    public var messages: [Call] {
        calls.filter { TelegramBot.isMessage($0.method) && $0.status == 200 }
    }

    /// Every time that an update was sent to the webhook.
    public var pushes: [Push] { state.withLock { $0.pushes } }

    /// Updates that are not confirmed, or not taken by the webhook.
    public var pendingUpdates: Int { state.withLock { $0.updates.count } }

    /// Has something happen: an update for the bot.
    /// - Returns: The number that it was given.
    @discardableResult
    public func send(_ update: TelegramUpdateBuilder) -> Int64 {
        let (id, wakes, change) = state.withLock { state in
            let id = state.enqueue(update)
            return (id, state.takeWaiters(), state.webhookChange)
        }
        for wake in wakes { wake() }
        change?.yield()
        return id
    }

    /// Answers the next call of a method otherwise than it would, such as with a fault.
    public func answerNext(
        _ method: String, status: Int, _ description: String, parameters: JSONValue? = nil
    ) {
        var body: JSONValue = [
            "ok": false, "error_code": .integer(Int64(status)), "description": .string(description),
        ]
        body["parameters"] = parameters
        state.withLock { $0.prepared[method, default: []].append(FakeBotAPIState.Answer(status: status, body: body)) }
    }

    public func call(_ method: String, body: [UInt8], timeout: Duration) async throws -> (status: Int, body: [UInt8]) {
        guard let parameters = body.isEmpty ? [:] : try? JSONValue(bytes: body) else {
            return (400, Array(#"{"ok":false,"error_code":400,"description":"Bad Request: no JSON"}"#.utf8))
        }
        let answer = try await answer(method, parameters)
        return (answer.status, try answer.body.bytes())
    }

    private func answer(_ method: String, _ parameters: JSONValue) async throws -> FakeBotAPIState.Answer {
        let deadline = time.now() + .seconds(method == "getUpdates" ? parameters["timeout"]?.integer ?? 0 : 0)
        let (call, outcome, replaced) = state.withLock { state in
            let call = state.record(method, parameters, at: time.now())
            let replaced = method == "getUpdates" ? state.takeWaiters(as: .replaced) : []
            return (call, state.answer(method, parameters, at: time.now()), replaced)
        }
        for wake in replaced { wake() }
        if method == "setWebhook" { state.withLock { $0.webhookChange }?.yield() }
        var answer = outcome
        while answer.isEmptyBatch, time.now() < deadline {
            guard try await untilUpdate(before: deadline) else {
                answer = .conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running")
                break
            }
            answer = state.withLock { $0.answer(method, parameters, at: time.now()) }
        }
        state.withLock { $0.calls[call].status = answer.status }
        return answer
    }

    /// Returns when an update has come or the time is up; `false` if another asks in this one's place.
    private func untilUpdate(before deadline: Timestamp) async throws -> Bool {
        let (wakes, wake) = AsyncStream.makeStream(of: FakeBotAPIState.Wake.self, bufferingPolicy: .bufferingOldest(1))
        let (waiter, isDue) = state.withLock { ($0.await(wake), !$0.updates.isEmpty) }
        defer { state.withLock { $0.forget(waiter) } }
        if isDue { return true }
        return try await withThrowingTaskGroup(of: FakeBotAPIState.Wake?.self) { group in
            group.addTask { [time] in
                try await time.sleep(until: deadline)
                return nil
            }
            group.addTask {
                for await wake in wakes { return wake }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            return try await group.next() != .replaced
        }
    }
}
