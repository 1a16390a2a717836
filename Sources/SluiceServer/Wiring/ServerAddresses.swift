import Synchronization

/// The addresses that a running server listens on.
public struct ServerAddresses: Hashable, Sendable {
    /// Where HTTP is; `nil` if it is off.
    public var http: ListenAddress?
    /// Where Envoy's rate limit service is; `nil` if it is off.
    public var grpc: ListenAddress?
    /// Where the Redis protocol is; `nil` if it is off.
    public var resp: ListenAddress?

    /// The line that tells others where to go: `ready http=127.0.0.1:8080 grpc=127.0.0.1:8081 resp=127.0.0.1:6380`.
    public var readyLine: String {
        let parts = [("http", http), ("grpc", grpc), ("resp", resp)]
            .compactMap { name, address in address.map { "\(name)=\($0)" } }
        return (["ready"] + parts).joined(separator: " ")
    }
}

/// Waits until every transport listens, and then tells where.
final class ListeningCount: Sendable {
    private struct State {
        var addresses = ServerAddresses()
        var missing: Int
    }

    private let state: Mutex<State>
    private let onReady: @Sendable (ServerAddresses) -> Void

    init(of transports: Int, onReady: @escaping @Sendable (ServerAddresses) -> Void) {
        state = Mutex(State(missing: transports))
        self.onReady = onReady
    }

    /// One more transport listens.
    func listens(_ record: (inout ServerAddresses) -> Void) {
        let complete: ServerAddresses? = state.withLock { state in
            record(&state.addresses)
            state.missing -= 1
            return state.missing == 0 ? state.addresses : nil
        }
        if let complete { onReady(complete) }
    }
}
