internal import NIOCore
internal import NIOPosix
import Synchronization

/// Ports of the loopback interface that nobody listens on.
package enum FreePort {
    private static let handedOut = Mutex(Set<Int>())

    /// A port that is free now and that this process has not asked for before.
    ///
    /// Below the range that systems take for outgoing connections (Linux 32768…60999, others from 49152): a client that
    /// knocks on the port of a stopped server could otherwise be given that very port, and be connected to itself.
    package static func find() async throws -> Int {
        while true {
            let port = Int.random(in: 10_000..<32_000)
            guard handedOut.withLock({ $0.insert(port).inserted }) else { continue }
            guard
                let channel = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: "127.0.0.1", port: port).get()
            else { continue }
            try await channel.close()
            return port
        }
    }
}
