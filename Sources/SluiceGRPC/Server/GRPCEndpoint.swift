import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import NIOCore
package import NIOPosix
import ServiceLifecycle

/// Envoy's service and its health, listening.
package final class GRPCEndpoint: Service {
    /// What a client may do, and how long it may take.
    package struct Limits: Sendable {
        /// Connections at a time; one more is closed at once.
        package var connections = 1_024
        /// Requests in flight on one connection; more wait at the client.
        package var streamsPerConnection = 1_024
        /// Bytes of one request.
        package var requestBytes = 64 * 1_024
        /// How long a connection may take until its first request, with its handshake; and to go when it is told to.
        package var firstRequest = Duration.seconds(30)
        /// How long a connection may be without a request; then it is told to come again.
        package var idle = Duration.seconds(300)
        /// After how much silence a peer is asked whether it lives, and how long it may take to say so.
        package var keepalive: (time: Duration, timeout: Duration) = (.seconds(60), .seconds(20))

        package init() {}
    }

    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let state = ServingState()
    private let onListening: @Sendable (_ port: Int?) -> Void

    /// - Parameters:
    ///   - address: Where to listen; a Unix domain socket's file is replaced.
    ///   - security: How connections are encrypted, and who may ask.
    ///   - onListening: Called once, with the port that was bound if there is one.
    package init(
        _ service: RateLimitService, on address: NIOCore.SocketAddress, limits: Limits = Limits(),
        security: GRPCSecurity = GRPCSecurity(), group: MultiThreadedEventLoopGroup,
        onListening: @escaping @Sendable (_ port: Int?) -> Void
    ) throws {
        let connections = ConnectionBound(limits.connections, patience: limits.firstRequest, idle: limits.idle)
        let transport = HTTP2ServerTransport.Posix(
            address: Self.address(address), transportSecurity: try security.transportSecurity(),
            config: .defaults { config in
                config.rpc.maxRequestPayloadSize = limits.requestBytes
                config.http2.maxConcurrentStreams = limits.streamsPerConnection
                config.connection.keepalive.time = limits.keepalive.time
                config.connection.keepalive.timeout = limits.keepalive.timeout
                config.channelDebuggingCallbacks.onAcceptTCPConnection = { connections.admit($0) }
                config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { connections.hears($0) }
            },
            eventLoopGroup: group)
        let name = Envoy_Service_Ratelimit_V3_RateLimitService.descriptor.fullyQualifiedService
        server = GRPCServer(
            transport: transport, services: [service, HealthService(state, services: [name])],
            interceptors: security.interceptors)
        self.onListening = onListening
    }

    /// - Throws: `IOError` when the address cannot be listened on.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask { try await self.serve() }
                let address = try? await server.transport.listeningAddress
                if let address { onListening(address.ipv4?.port ?? address.ipv6?.port) }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.state.stop()
            self.server.beginGracefulShutdown()
        }
    }

    private static func address(_ address: NIOCore.SocketAddress) -> GRPCNIOTransportHTTP2Posix.SocketAddress {
        switch address {
        case .v4: .ipv4(host: address.ipAddress ?? "", port: address.port ?? 0)
        case .v6: .ipv6(host: address.ipAddress ?? "", port: address.port ?? 0)
        case .unixDomainSocket: .unixDomainSocket(path: address.pathname ?? "")
        }
    }

    private func serve() async throws {
        do {
            try await server.serve()
        } catch let error as RuntimeError {
            throw error.cause ?? error
        }
    }
}
