public import AsyncHTTPClient
import NIOCore
import NIOHTTP1
public import SluiceBots

/// Carries calls to the Bot API over HTTP.
///
/// ```swift
/// let bot = TelegramBot(try HTTPTelegramTransport(token: TelegramToken(token)))
/// ```
/// The token is part of each address. No error tells the address, and none the token.
public struct HTTPTelegramTransport: TelegramTransport {
    /// The most bytes of an answer.
    public static let maximumAnswerBytes = 32 << 20

    private let token: TelegramToken
    private let base: String
    private let http: HTTPClient

    /// A transport for one bot.
    /// - Parameters:
    ///   - token: The bot's token.
    ///   - base: Where the Bot API is: Telegram's own, or a server of one's own.
    ///   - http: Who connects. The shared one has 8 connections to a host.
    /// - Throws: `TelegramError` of code `unreachable` if `base` is no address.
    public init(
        token: TelegramToken, base: String = "https://api.telegram.org", http: HTTPClient = .shared
    ) throws(TelegramError) {
        guard base.hasPrefix("https://") || base.hasPrefix("http://") else {
            throw TelegramError(
                .unreachable, "The Bot API's address begins with https:// or http://, not as '\(base)'.")
        }
        self.token = token
        self.base = base.last == "/" ? String(base.dropLast()) : base
        self.http = http
    }

    public func call(_ method: String, body: [UInt8], timeout: Duration) async throws -> (status: Int, body: [UInt8]) {
        guard method.utf8.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }), !method.isEmpty else {
            throw TelegramError(.notFound, "'\(method)' is no name of a method: they are letters only.")
        }
        var request = HTTPClientRequest(url: "\(base)/bot\(token.text)/\(method)")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await http.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
            let answer = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            return (Int(response.status.code), Array(answer.readableBytesView))
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TelegramError(
                .unreachable, "\(method) had no answer from \(base): \(token.removed(from: String(describing: error)))")
        }
    }
}

extension Duration {
    /// Whole nanoseconds, at most some 292 years.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 9_000_000_000 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
