import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SluiceHTTP

/// The HTTP transport.
struct HTTPService: Service {
    private let application: Application<RouterResponder<HTTPRoutes.Context>>
    private let readiness = Readiness()
    private let address: ListenAddress

    /// - Parameter onListening: called once with the address that was bound.
    init(
        _ statistics: ServerStatistics, _ feed: SummaryFeed, address: ListenAddress, limits: HTTPLimits,
        settings: CurrentSettings, admin: AdminRoutes, security: ServerSecurity, group: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        self.address = address
        let engine = statistics.engine
        let directory = PolicyDirectory(engine.limiter)
        let admission = HTTPAdmission(limits)
        let answered = HTTPStatistics(group, admission)
        statistics.http = answered
        let security = security.of(address)
        let tracing = RequestTracing(answered.exemplars)
        let routes = HTTPRoutes(
            engine: engine, directory: directory, limits: limits, readiness: readiness,
            authorizer: Authorizer(directory: directory, settings: settings), admin: admin,
            statistics: statistics, feed: feed, access: security.access, isTraced: tracing != nil, group: group)
        application = Application(
            router: routes.router(),
            server: HTTPServerBuilder { responder in
                HTTPChannel(
                    responder: responder, limits: limits, engine: engine, authorizer: routes.authorizer,
                    admission: admission, statistics: answered, security: security, tracing: tracing)
            },
            configuration: ApplicationConfiguration(address: address.forHummingbird, backlog: 1_024),
            onServerRunning: { onListening($0.localAddress) },
            eventLoopGroupProvider: .shared(group),
            logger: logger)
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            do {
                try await application.run()
            } catch let error as IOError {
                throw ServerError(listeningOn: address, option: "--http", error)
            }
        } onGracefulShutdown: {
            readiness.stop()
        }
        address.removeSocketFile()
    }
}

extension ListenAddress {
    fileprivate var forHummingbird: BindAddress {
        switch self {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }
}
