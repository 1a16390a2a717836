import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceBots

/// Sends a body as Telegram does, and returns the status of the answer.
func post(_ body: [UInt8], to address: String, secret: String?) async throws -> Int {
    var request = HTTPClientRequest(url: address)
    request.method = .POST
    if let secret { request.headers.add(name: TelegramWebhook.secretHeader, value: secret) }
    request.body = .bytes(ByteBuffer(bytes: body))
    return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code)
}
