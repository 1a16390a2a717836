#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Calls of Telegram's Bot API.
///
/// ```swift
/// let bot = TelegramBot(try HTTPTelegramTransport(token: try TelegramToken(token)))
/// try await bot.sendMessage("Hello", to: chat)
/// ```
/// Every method can be called by its name; those that every bot needs have a type of their own. A refusal is thrown as
/// ``TelegramError``, with how long to wait or where the chat has gone.
public struct TelegramBot: Sendable {
    private let transport: any TelegramTransport
    /// How long an answer may take, beside what is waited for updates.
    public var timeout: Duration
    /// Decides when messages go out, such as a `Pacer`, whose errors calls then throw, too; `nil` sends at once.
    public var pacing: (any TelegramPacing)?

    /// A bot behind a transport, which knows its token.
    public init(_ transport: any TelegramTransport, timeout: Duration = .seconds(30)) {
        self.transport = transport
        self.timeout = timeout
    }

    /// Calls a method.
    /// - Parameters:
    ///   - method: Its name, such as `sendMessage`.
    ///   - parameters: An object; `null` in it is left out.
    /// - Returns: What the answer calls `result`.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    @discardableResult
    public func call(_ method: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
        try await call(method, parameters, as: JSONValue.self, waiting: .zero)
    }

    /// Calls a method, and reads what it returns into a type.
    /// - Throws: ``TelegramError``, or `CancellationError`.
    public func call<Result: Decodable>(
        _ method: String, _ parameters: JSONValue = [:], as type: Result.Type
    ) async throws -> Result {
        try await call(method, parameters, as: type, waiting: .zero)
    }

    private func call<Result: Decodable>(
        _ method: String, _ parameters: JSONValue, as type: Result.Type, waiting: Duration
    ) async throws -> Result {
        let body = try await answer(method, parameters, waiting: waiting)
        do {
            return try JSONDecoder().decode(WireResult<Result>.self, from: Data(body)).result
        } catch {
            throw TelegramError(.malformedAnswer, "\(method) returned what is no \(Result.self).")
        }
    }

    /// The body of an answer that says `ok`.
    func answer(_ method: String, _ parameters: JSONValue, waiting: Duration) async throws -> [UInt8] {
        var fields: [String: JSONValue] = [:]
        if case .object(let given) = parameters { fields = given.filter { $0.value != .null } }
        let body: [UInt8]
        do {
            body = try JSONValue.object(fields).bytes()
        } catch {
            throw TelegramError(.refused, "\(method) was given a number that JSON cannot hold.")
        }
        if let pacing, Self.isMessage(method), let chat = fields["chat_id"].flatMap(Self.chat) {
            return try await pacing.send(toChat: chat) { try await carry(method, body, waiting: waiting) }
        }
        return try await carry(method, body, waiting: waiting)
    }

    /// Whether Telegram's limits for messages hold for a method: those that send, forward or copy one.
    package static func isMessage(_ method: String) -> Bool {
        (method.hasPrefix("send") && method != "sendChatAction") || method.hasPrefix("copyMessage")
            || method.hasPrefix("forwardMessage")
    }

    private static func chat(_ id: JSONValue) -> String? { id.string ?? id.integer.map { String($0) } }

    private func carry(_ method: String, _ body: [UInt8], waiting: Duration) async throws -> [UInt8] {
        let (status, answer) = try await transport.call(method, body: body, timeout: timeout + waiting)
        let refusal = try? JSONDecoder().decode(WireRefusal.self, from: Data(answer))
        guard let refusal else {
            let code: TelegramError.Code = status >= 500 ? .unavailable : .malformedAnswer
            throw TelegramError(code, "\(method) was answered with HTTP status \(status) and no JSON of the Bot API.")
        }
        guard refusal.ok else { throw TelegramError(refusal, of: method, status: status) }
        return answer
    }
}

private struct WireResult<Result: Decodable>: Decodable {
    var result: Result
}

/// What the Bot API says when it does not do what it is asked to.
private struct WireRefusal: Decodable {
    struct Parameters: Decodable {
        var retryAfter: Double?
        var migrateToChatID: Int64?

        enum CodingKeys: String, CodingKey {
            case retryAfter = "retry_after"
            case migrateToChatID = "migrate_to_chat_id"
        }
    }

    var ok: Bool
    var errorCode: Int?
    var description: String?
    var parameters: Parameters?

    enum CodingKeys: String, CodingKey {
        case ok, description, parameters
        case errorCode = "error_code"
    }
}

extension TelegramError {
    fileprivate init(_ refusal: WireRefusal, of method: String, status: Int) {
        let number = refusal.errorCode ?? status
        // More than a year is no answer that anybody waits for, and must not overflow a duration.
        let retryAfter = refusal.parameters?.retryAfter.map { Duration.seconds(min(max($0, 0), 31_536_000)) }
        let migrated = refusal.parameters?.migrateToChatID
        let code: Code =
            switch number {
            case _ where migrated != nil: .migrated
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            case 429: .tooManyRequests
            case 500...: .unavailable
            default: .refused
            }
        self.init(
            code, "\(method) was refused (\(number)): \(refusal.description ?? "no reason given")",
            retryAfter: retryAfter, migrateToChatID: migrated)
    }
}
