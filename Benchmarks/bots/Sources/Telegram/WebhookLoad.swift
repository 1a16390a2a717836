import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceBots
import SluiceBotsTesting
import Synchronization

/// Sends updates as Telegram does, each of another chat.
struct WebhookLoad: Sendable {
    /// What became of them.
    struct Result: Sendable {
        var durations = Durations()
        var answers = Answers()
        var took = Duration.zero
    }

    /// How often each status was answered.
    struct Answers: Sendable {
        var counts: [UInt: Int] = [:]
        var told: String { counts.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ") }
    }

    let client: HTTPClient
    let base: String
    let secret: String

    /// As many as the connections carry.
    func flood(_ count: Int, connections: Int, from first: Int) async throws -> Result {
        try await send(count, connections: connections, from: first) { _ in nil }
    }

    /// So many a second, and how long each takes from the moment that it was due.
    func steady(_ count: Int, perSecond: Int, connections: Int, from first: Int) async throws -> Result {
        let start = ContinuousClock.now + .milliseconds(100)
        return try await send(count, connections: connections, from: first) { number in
            start + .nanoseconds(Int64(number) * 1_000_000_000 / Int64(perSecond))
        }
    }

    /// How many wait in the bot.
    func waiting() async throws -> String {
        let response = try await client.execute(HTTPClientRequest(url: base + "/waiting"), timeout: .seconds(10))
        return String(buffer: try await response.body.collect(upTo: 100))
    }

    private func send(
        _ count: Int, connections: Int, from first: Int,
        due: @escaping @Sendable (Int) -> ContinuousClock.Instant?
    ) async throws -> Result {
        let next = Numbers()
        let start = ContinuousClock.now
        var result = try await withThrowingTaskGroup(of: Result.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    var result = Result()
                    while true {
                        let number = next.next()
                        guard number < count else { return result }
                        let due = due(number)
                        if let due { try await Task.sleep(until: due) }
                        let begin = due ?? ContinuousClock.now
                        let status = try await post(first + number)
                        result.durations.append(ContinuousClock.now - begin)
                        result.answers.counts[status, default: 0] += 1
                    }
                }
            }
            return try await group.reduce(into: Result()) { sum, part in
                sum.durations.append(part.durations)
                sum.answers.counts.merge(part.answers.counts, uniquingKeysWith: +)
            }
        }
        result.took = ContinuousClock.now - start
        return result
    }

    private func post(_ number: Int) async throws -> UInt {
        let update = #"{"update_id":\#(number),"message":{"message_id":\#(number),"date":1700000000,"#
        let from = #""from":{"id":\#(number),"is_bot":false,"first_name":"Ada","language_code":"en"},"#
        let chat = #""chat":{"id":\#(number),"first_name":"Ada","type":"private"},"text":"hello \#(number)"}}"#
        var request = HTTPClientRequest(url: base + "/telegram")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: TelegramWebhook.secretHeader, value: secret)
        request.body = .bytes(ByteBuffer(string: update + from + chat))
        return try await client.execute(request, timeout: .seconds(30)).status.code
    }
}

/// Numbers from 0 on, each once.
private final class Numbers: Sendable {
    private let first = Atomic(0)

    func next() -> Int { first.add(1, ordering: .relaxed).oldValue }
}
