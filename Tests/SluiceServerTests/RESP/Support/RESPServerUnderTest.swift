import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sluice
import SluiceTesting

@testable import SluiceServer

/// A transport that listens on a free port, on a time line moved by hand.
struct RESPServerUnderTest {
    let server: RESPServer
    let address: SocketAddress
    let time: ManualTime
    let limiter: Limiter

    var port: Int { address.port ?? 0 }

    /// Serves while `body` runs; then stops gracefully and waits for the end.
    static func run(
        at address: ListenAddress = .tcp(host: "127.0.0.1", port: 0), threads count: Int = 1,
        configure: (inout RESPConfiguration) -> Void = { _ in },
        _ body: (RESPServerUnderTest) async throws -> Void
    ) async throws {
        let time = ManualTime()
        let limiter = try Limiter(
            [Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) }],
            store: MemoryStore(capacity: 1 << 16), time: .provided(by: time))
        var configuration = RESPConfiguration(address: address)
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let (addresses, listening) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = RESPServer(limiter: limiter, configuration: configuration, group: threads, logger: logger) {
            if let bound = $0 { listening.yield(bound) }
        }
        let group = ServiceGroup(services: [server], logger: logger)
        let serving = Task { try await group.run() }
        let bound = await addresses.first { _ in true }
        if let bound {
            let running = RESPServerUnderTest(
                server: server, address: bound, time: time, limiter: limiter)
            do {
                try await body(running)
            } catch {
                await group.triggerGracefulShutdown()
                _ = await serving.result
                throw error
            }
        }
        await group.triggerGracefulShutdown()
        try await serving.value
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
