/// Carries calls to a Bot API and answers back: over HTTP, or to a fake one in this process.
public protocol TelegramTransport: Sendable {
    /// Carries a call.
    /// - Parameters:
    ///   - method: Its name, such as `sendMessage`.
    ///   - body: Its parameters as JSON.
    ///   - timeout: How long an answer may take.
    /// - Returns: The HTTP status and the body of the answer, whatever it says.
    /// - Throws: `TelegramError` of code `unreachable` if none came, `CancellationError` if the task was cancelled.
    func call(_ method: String, body: [UInt8], timeout: Duration) async throws -> (status: Int, body: [UInt8])
}
