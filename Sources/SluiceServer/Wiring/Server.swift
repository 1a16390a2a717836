public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
public import Sluice
public import SluiceRedis
import Synchronization
public import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Policies, served over HTTP and the Redis protocol: decided in this process's memory, or on the Redis that several
/// servers share.
///
/// ```swift
/// let server = Server(limiter, configuration: ServerConfiguration(), logger: logger)
/// try await server.run { print($0.readyLine) }
/// ```
public final class Server: Sendable {
    private enum Cells {
        case memory(Limiter)
        case redis([Policy], RedisStore)
    }

    private let cells: Cells
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let group = Mutex<ServiceGroup?>(nil)
    private let engine = Mutex<DecisionEngine?>(nil)

    /// A server whose cells are in memory, and that does not listen yet.
    public init(_ limiter: Limiter, configuration: ServerConfiguration = ServerConfiguration(), logger: Logger) {
        cells = .memory(limiter)
        self.configuration = configuration
        self.logger = logger
    }

    /// A server whose cells are on Redis, shared with all others on it, and that does not listen yet.
    ///
    /// It has a connection to each node for each event loop, whatever the store says of lanes. Redis need not be there
    /// when it starts: until it is, the rules' failure choices decide.
    /// - Parameter store: Without a snapshot: Redis keeps what is used.
    public init(
        _ policies: [Policy], on store: RedisStore, configuration: ServerConfiguration = ServerConfiguration(),
        logger: Logger
    ) {
        cells = .redis(policies, store)
        self.configuration = configuration
        self.logger = logger
    }

    /// Who decides, while the server runs.
    var runningEngine: DecisionEngine? { engine.withLock { $0 } }

    /// Restores the snapshot, listens, and serves until one of `signals` or ``shutDown()``; then answers what is
    /// in flight and writes the snapshot.
    ///
    /// - Parameters:
    ///   - signals: With any, SIGHUP reads the policy file again.
    ///   - onReady: called once everything listens.
    /// - Throws: ``ServerError`` when an address cannot be listened on, `SluiceError` when the snapshot cannot be read
    ///   or a policy contradicts itself.
    public func run(
        stoppingOn signals: [UnixSignal] = [], onReady: @escaping @Sendable (ServerAddresses) -> Void = { _ in }
    ) async throws {
        if case .memory(let limiter) = cells { try restoreSnapshot(into: limiter) }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        let result: Result<Void, any Error>
        do {
            let engine = try engine(on: threads)
            self.engine.withLock { $0 = engine }
            try await serve(engine, on: threads, stoppingOn: signals) { [logger] addresses in
                Self.log(addresses, engine, to: logger)
                onReady(addresses)
            }
            logger.notice("Stopped")
            result = .success(())
        } catch is CancellationError {
            result = .success(()) // what was in flight took longer than the shutdown may
        } catch {
            result = .failure(error)
        }
        await close(writingSnapshot: (try? result.get()) != nil)
        try await threads.shutdownGracefully()
        try result.get()
    }

    /// One line for a start: what is served, where, and from which store.
    private static func log(_ addresses: ServerAddresses, _ engine: DecisionEngine, to logger: Logger) {
        let policies = engine.limiter.policies
        var metadata: Logger.Metadata = [
            "version": "\(BuildInformation.version)", "store": "\(engine.storeName)",
            "policies": "\(policies.count)", "rules": "\(policies.reduce(0) { $0 + $1.rules.count })",
        ]
        metadata["http"] = addresses.http.map { "\($0)" }
        metadata["grpc"] = addresses.grpc.map { "\($0)" }
        metadata["resp"] = addresses.resp.map { "\($0)" }
        logger.notice("Serving", metadata: metadata)
    }

    /// Stops as a signal would, and returns at once.
    public func shutDown() async {
        let group = group.withLock { $0 }
        await group?.triggerGracefulShutdown()
    }

    private func engine(on threads: MultiThreadedEventLoopGroup) throws -> DecisionEngine {
        switch cells {
        case .memory(let limiter): return .memory(limiter)
        case .redis(let policies, var store):
            // A lane on each event loop: a decision is asked for and told where its connection lives.
            store.lanes = max(1, configuration.threads)
            let time = store.testTime.map { TimeSource.provided(by: $0) } ?? .system
            return .shared(try SharedLimiter(policies, store: store, time: time, group: threads, logger: logger))
        }
    }

    /// Keeps what was used: in the snapshot, or by giving back what was borrowed from Redis.
    private func close(writingSnapshot: Bool) async {
        switch engine.withLock({ $0.take() }) {
        case .memory(let limiter):
            guard writingSnapshot, let path = configuration.snapshotPath else { return }
            Maintenance(
                limiter: limiter, configuration: configuration, snapshots: SnapshotRecord(), logger: logger
            ).writeSnapshot(to: path)
        case .shared(let limiter): await limiter.shutDown()
        case nil: return
        }
    }

    private func serve(
        _ engine: DecisionEngine, on threads: MultiThreadedEventLoopGroup, stoppingOn signals: [UnixSignal],
        onReady: @escaping @Sendable (ServerAddresses) -> Void
    ) async throws {
        let settings = CurrentSettings(configuration.settings)
        let security = try ServerSecurity(configuration, logger: logger)
        let statistics = ServerStatistics(
            engine, threads: configuration.threads, showsCallers: configuration.showsCallers)
        statistics.spans = configuration.spanExporter?.queue
        statistics.loads.succeeded(in: configuration.loadDuration, at: engine.limiter.now(), isReload: false)
        let keeper = OverrideKeeper(statistics.overrides, engine: engine, logger: logger)
        let reloader = ServerFile.Source(configuration.policyFile, envoy: configuration.envoyPath).map {
            PolicyReloader(
                $0, keeper: keeper, loads: statistics.loads, settings: settings, configuration: configuration,
                listensToSignal: !signals.isEmpty, logger: logger)
        }
        let parts = Parts(statistics: statistics, settings: settings, security: security, threads: threads)
        let feed = SummaryFeed(statistics)
        let admin = AdminRoutes(
            reloader: reloader, keeper: keeper, engine: engine, limits: configuration.httpLimits,
            areAnswered: configuration.answersAdminCalls)
        var running = try transports(parts, feed, admin, onReady: onReady)
        running.insert(keeper, at: 0)
        // What stops last comes first; streams end before the transport that waits for them.
        running.append(feed)
        if let shared = engine.shared {
            running.insert(RedisSurveyor(limiter: shared, statistics: statistics), at: 0)
        }
        if let reloader { running.insert(reloader, at: 0) }
        if let watch = security.watch(configuration.watchInterval, logger: logger) { running.insert(watch, at: 0) }
        if case .memory(let limiter) = engine {
            let maintenance = Maintenance(
                limiter: limiter, configuration: configuration, snapshots: statistics.snapshots, logger: logger)
            running.insert(maintenance, at: 0)
        }
        if let exporter = configuration.spanExporter { running.insert(exporter, at: 0) }
        var services = ServiceGroupConfiguration(
            // Without a name each service would be described by reflection, with everything that it holds: that took
            // half of a start with a thousand limits.
            services: running.map { .init(service: $0, serviceName: "\(type(of: $0))") },
            gracefulShutdownSignals: signals, logger: logger)
        services.maximumGracefulShutdownDuration = configuration.shutdownTimeout
        let group = ServiceGroup(configuration: services)
        self.group.withLock { $0 = group }
        defer { self.group.withLock { $0 = nil } }
        try await group.run()
    }

    /// What all transports share.
    private struct Parts {
        var statistics: ServerStatistics
        var settings: CurrentSettings
        var security: ServerSecurity
        var threads: MultiThreadedEventLoopGroup
    }

    private func transports(
        _ parts: Parts, _ feed: SummaryFeed, _ admin: AdminRoutes,
        onReady: @escaping @Sendable (ServerAddresses) -> Void
    ) throws -> [any Service] {
        let (engine, settings, security, threads) = (
            parts.statistics.engine, parts.settings, parts.security, parts.threads
        )
        let listening = ListeningCount(
            of: [configuration.http, configuration.grpc, configuration.resp].count { $0 != nil }, onReady: onReady)
        var transports: [any Service] = []
        if let address = configuration.resp {
            let server = RESPServer(
                engine, configuration: RESPConfiguration(address: address), security: security, group: threads,
                logger: logger
            ) { bound in
                listening.listens { $0.resp = address.bound(bound) }
            }
            parts.statistics.resp = server.shared
            transports.append(server)
        }
        if let address = configuration.http {
            transports.append(
                HTTPService(
                    parts.statistics, feed, address: address, limits: configuration.httpLimits, settings: settings,
                    admin: admin, security: security, group: threads, logger: logger
                ) { bound in
                    listening.listens { $0.http = address.bound(bound) }
                })
        }
        if let address = configuration.grpc {
            #if GRPC
            transports.append(
                try EnvoyTransport(
                    parts.statistics, settings, address: address, security: security.of(address), group: threads
                ) { port in
                    listening.listens { $0.grpc = address.bound(toPort: port) }
                })
            #else
            throw ServerError(
                .unsupported,
                "This build has no gRPC to listen on \(address) with: build with "
                    + "'swift build -c release --traits GRPC', or leave --grpc out.")
            #endif
        }
        guard !transports.isEmpty else {
            throw ServerError(.nothingToServe, "Every transport is off; leave --http, --grpc or --resp on.")
        }
        return transports
    }

    private func restoreSnapshot(into limiter: Limiter) throws {
        guard let path = configuration.snapshotPath, access(path, F_OK) == 0 else { return }
        try limiter.restoreSnapshot(from: path)
        logger.info("Restored \(limiter.store.count) cells from \(path)")
    }
}
