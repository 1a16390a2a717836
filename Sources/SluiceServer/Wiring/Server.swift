public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
public import Sluice
import Synchronization
public import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One limiter, served over HTTP and the Redis protocol.
///
/// ```swift
/// let server = Server(limiter, configuration: ServerConfiguration(), logger: logger)
/// try await server.run { print($0.readyLine) }
/// ```
public final class Server: Sendable {
    private let limiter: Limiter
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let group = Mutex<ServiceGroup?>(nil)

    /// A server that does not listen yet.
    public init(_ limiter: Limiter, configuration: ServerConfiguration = ServerConfiguration(), logger: Logger) {
        self.limiter = limiter
        self.configuration = configuration
        self.logger = logger
    }

    /// Restores the snapshot, listens, and serves until one of `signals` or ``shutDown()``; then answers what is
    /// in flight and writes the snapshot.
    ///
    /// - Parameter onReady: called once everything listens.
    /// - Throws: ``ServerError`` when an address cannot be listened on, `SluiceError` when the snapshot cannot be read.
    public func run(
        stoppingOn signals: [UnixSignal] = [], onReady: @escaping @Sendable (ServerAddresses) -> Void = { _ in }
    ) async throws {
        try restoreSnapshot()
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        let maintenance = Maintenance(limiter: limiter, configuration: configuration, logger: logger)
        let result: Result<Void, any Error>
        do {
            try await serve(on: threads, maintenance, stoppingOn: signals, onReady: onReady)
            result = .success(())
        } catch is CancellationError {
            result = .success(()) // what was in flight took longer than the shutdown may
        } catch {
            result = .failure(error)
        }
        if case .success = result, let path = configuration.snapshotPath { maintenance.writeSnapshot(to: path) }
        try await threads.shutdownGracefully()
        try result.get()
    }

    /// Stops as a signal would, and returns at once.
    public func shutDown() async {
        let group = group.withLock { $0 }
        await group?.triggerGracefulShutdown()
    }

    private func serve(
        on threads: MultiThreadedEventLoopGroup, _ maintenance: Maintenance, stoppingOn signals: [UnixSignal],
        onReady: @escaping @Sendable (ServerAddresses) -> Void
    ) async throws {
        let transports = try transports(on: threads, onReady: onReady)
        var services = ServiceGroupConfiguration(
            services: [.init(service: maintenance)] + transports.map { .init(service: $0) },
            gracefulShutdownSignals: signals, logger: logger)
        services.maximumGracefulShutdownDuration = configuration.shutdownTimeout
        let group = ServiceGroup(configuration: services)
        self.group.withLock { $0 = group }
        defer { self.group.withLock { $0 = nil } }
        try await group.run()
    }

    private func transports(
        on threads: MultiThreadedEventLoopGroup, onReady: @escaping @Sendable (ServerAddresses) -> Void
    ) throws -> [any Service] {
        let listening = ListeningCount(
            of: [configuration.http, configuration.resp].count { $0 != nil }, onReady: onReady)
        var transports: [any Service] = []
        if let address = configuration.resp {
            transports.append(
                RESPServer(
                    limiter: limiter, configuration: RESPConfiguration(address: address), group: threads, logger: logger
                ) { bound in
                    listening.listens { $0.resp = address.bound(bound) }
                })
        }
        if let address = configuration.http {
            transports.append(
                HTTPService(
                    limiter: limiter, address: address, limits: configuration.httpLimits, group: threads, logger: logger
                ) { bound in
                    listening.listens { $0.http = address.bound(bound) }
                })
        }
        guard !transports.isEmpty else {
            throw ServerError(.nothingToServe, "Every transport is off; leave --http or --resp on.")
        }
        return transports
    }

    private func restoreSnapshot() throws {
        guard let path = configuration.snapshotPath, access(path, F_OK) == 0 else { return }
        try limiter.restoreSnapshot(from: path)
        logger.info("Restored \(limiter.store.count) cells from \(path)")
    }
}
