import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sluice
import SluiceRedis
import SluiceTesting

@testable import SluiceServer

/// A transport that listens on a free port, in memory on a time line moved by hand.
struct RESPServerUnderTest {
    let server: RESPServer
    let address: SocketAddress
    let time: ManualTime
    let engine: DecisionEngine

    /// Puts other policies in force.
    func replacePolicies(with policies: [Policy]) throws {
        switch engine {
        case .memory(let limiter): try limiter.replacePolicies(with: policies)
        case .shared(let limiter): try limiter.replacePolicies(with: policies)
        }
    }

    var port: Int { address.port ?? 0 }

    /// Serves while `body` runs; then stops gracefully and waits for the end.
    /// - Parameters:
    ///   - engine: Where the cells are; with `ownStore` a Redis of the test's own.
    static func run(
        on engine: EngineUnderTest = .memory, ownStore: RedisStore? = nil, policies: [Policy]? = nil,
        at address: ListenAddress = .tcp(host: "127.0.0.1", port: 0), threads count: Int = 1,
        security: ServerSecurity = .none, configure: (inout RESPConfiguration) -> Void = { _ in },
        _ body: (RESPServerUnderTest) async throws -> Void
    ) async throws {
        let time = ManualTime()
        let policies = policies ?? [Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) }]
        var configuration = RESPConfiguration(address: address)
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let (addresses, listening) = AsyncStream.makeStream(of: SocketAddress.self)
        let decider: DecisionEngine
        let sharedStore = ownStore == nil ? try await engine.store(time) : nil
        if var store = ownStore ?? sharedStore {
            store.lanes = count
            let source = store.testTime.map { TimeSource.provided(by: $0) } ?? .system
            decider = .shared(try SharedLimiter(policies, store: store, time: source, group: threads, logger: logger))
        } else {
            decider = .memory(
                try Limiter(policies, store: MemoryStore(capacity: 1 << 16), time: .provided(by: time)))
        }
        let server = RESPServer(
            decider, configuration: configuration, security: security, group: threads, logger: logger
        ) {
            if let bound = $0 { listening.yield(bound) }
        }
        let group = ServiceGroup(services: [server], logger: logger)
        let serving = Task { try await group.run() }
        let bound = await addresses.first { _ in true }
        if let bound {
            let running = RESPServerUnderTest(
                server: server, address: bound, time: time, engine: decider)
            do {
                try await body(running)
            } catch {
                await group.triggerGracefulShutdown()
                _ = await serving.result
                await decider.shared?.shutDown()
                throw error
            }
        }
        await group.triggerGracefulShutdown()
        try await serving.value
        await decider.shared?.shutDown()
        try await threads.shutdownGracefully()
    }

    /// Runs what blocks on a thread of its own, for the tests' threads are few.
    func script<Result: Sendable>(_ body: @escaping @Sendable (SocketAddress) throws -> Result) async throws -> Result {
        let address = address
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Swift.Result { try body(address) })
            }
        }
    }
}
