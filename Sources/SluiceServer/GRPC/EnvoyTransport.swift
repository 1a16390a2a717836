#if GRPC
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sluice
import SluiceGRPC
import SluiceRedis

/// The gRPC transport: Envoy's rate limit service.
struct EnvoyTransport: Service {
    private let address: ListenAddress
    private let endpoint: GRPCEndpoint

    /// - Parameter onListening: Called once, with the port that was bound if there is one.
    /// - Throws: ``ServerError`` for a host that has no address.
    init(
        _ statistics: ServerStatistics, _ settings: CurrentSettings, address: ListenAddress, security: ServerSecurity,
        group: MultiThreadedEventLoopGroup, onListening: @escaping @Sendable (_ port: Int?) -> Void
    ) throws {
        self.address = address
        let engine = statistics.engine
        let calls = CallStatistics()
        statistics.grpc = calls
        var security = security.forGRPC
        if let tracing = RequestTracing(calls.exemplars) {
            security.interceptors.insert(TracingInterceptor(tracing: tracing), at: 0)
        }
        security.interceptors.insert(CountingInterceptor(calls: calls), at: 0)
        let directory = DomainDirectory(engine.joint, settings.value.envoy)
        settings.onChange { directory.replaceConfiguration(with: $0.envoy) }
        endpoint = try GRPCEndpoint(
            RateLimitService(engine.joint, directory), on: try address.socketAddress(), security: security,
            group: group, onListening: onListening)
    }

    func run() async throws {
        do {
            try await endpoint.run()
        } catch let error as IOError {
            throw ServerError(listeningOn: address, option: "--grpc", error)
        }
        address.removeSocketFile()
    }
}

extension DecisionEngine {
    /// Who decides requests of several descriptors.
    fileprivate var joint: any JointLimiter {
        switch self {
        case .memory(let limiter): limiter
        case .shared(let limiter): limiter
        }
    }
}

extension ServerSecurity {
    fileprivate var forGRPC: GRPCSecurity {
        var security = GRPCSecurity()
        #if TLS
        security.certificates = tls
        security.clientAuthorityFile = tls?.settings.clientAuthorityFile
        #endif
        if let access { security.interceptors = [AccessInterceptor(access: access)] }
        return security
    }
}

extension ListenAddress {
    fileprivate func socketAddress() throws -> SocketAddress {
        switch self {
        case .tcp(let host, let port):
            do {
                return try SocketAddress.makeAddressResolvingHost(host, port: port)
            } catch {
                throw ServerError(.cannotListen, "Cannot listen on \(self): the host '\(host)' has no address.")
            }
        case .unix(let path): return try SocketAddress(unixDomainSocketPath: path)
        }
    }
}
#endif
