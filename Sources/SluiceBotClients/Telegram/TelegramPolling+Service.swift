public import ServiceLifecycle
public import SluiceBots

extension TelegramPolling: Service {
    /// Polls until the service group shuts down gracefully; then handles and confirms what was received.
    /// - Throws: `TelegramError` if the token is wrong or revoked.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await poll()
        } onGracefulShutdown: {
            self.stop()
        }
    }
}
