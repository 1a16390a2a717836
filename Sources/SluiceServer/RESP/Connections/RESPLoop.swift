import Logging
import NIOCore
import RESP
import Sluice
import Synchronization

/// One event loop's share of the transport: its connections, and the processor that all of them use in turn.
///
/// Sendable: every property is used only on `eventLoop`, which all methods insist on.
final class RESPLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let limiter: Limiter
    let isShared: Bool
    let configuration: RESPConfiguration
    let shared: RESPShared
    let counters: RESPCounters
    let security: ServerSecurity
    let logger: Logger
    let tracing: RequestTracing?
    var processor: CommandProcessor
    private var connections: [Int: RESPConnection] = [:]
    private var isDraining = false
    private var drained: EventLoopPromise<Void>?

    init(
        eventLoop: any EventLoop, engine: DecisionEngine, configuration: RESPConfiguration, shared: RESPShared,
        counters: RESPCounters, security: ServerSecurity = .none, logger: Logger
    ) {
        self.eventLoop = eventLoop
        limiter = engine.limiter
        isShared = engine.shared != nil
        self.configuration = configuration
        self.shared = shared
        tracing = RequestTracing(shared.exemplars)
        self.counters = counters
        self.logger = logger
        self.security = security
        processor = CommandProcessor(
            engine, configuration: configuration, transport: shared, access: security.access)
    }

    var isEncrypted: Bool { security.tls != nil }

    /// Takes a connection in.
    /// - Returns: `false` if there are too many, or the transport stops.
    func admit(_ connection: RESPConnection) -> Bool {
        eventLoop.preconditionInEventLoop()
        connections[connection.id] = connection
        let open = shared.connections.wrappingAdd(1, ordering: .relaxed).newValue
        guard open > configuration.maximumConnections || isDraining else { return true }
        shared.refused.wrappingAdd(1, ordering: .relaxed)
        return false
    }

    /// Forgets a connection that has closed.
    func remove(_ connection: RESPConnection) {
        eventLoop.preconditionInEventLoop()
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        shared.connections.wrappingSubtract(1, ordering: .relaxed)
        if connections.isEmpty { drained?.succeed() }
    }

    /// Closes the connections that have been idle or slow for too long.
    func closeLate(at now: Timestamp) {
        eventLoop.preconditionInEventLoop()
        for connection in connections.values { connection.closeIfLate(at: now) }
    }

    /// Answers what has arrived and closes every connection.
    /// - Returns: Done when the last has closed.
    func drain() -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        isDraining = true
        let promise = drained ?? eventLoop.makePromise()
        drained = promise
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }

    /// Closes every connection at once.
    func closeAll() {
        eventLoop.preconditionInEventLoop()
        for connection in connections.values { connection.close() }
    }
}
