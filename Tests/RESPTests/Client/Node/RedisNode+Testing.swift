import Logging
import NIOCore
import NIOPosix
import RESP
import RedisServers

extension RedisNode {
    /// Runs something with a node of a real event loop, which is closed afterwards.
    static func during<Result>(
        _ url: String, change: (inout RedisConfiguration) -> Void = { _ in },
        do body: (RedisNode) async throws -> Result
    ) async throws -> Result {
        var configuration = try RedisConfiguration(url: url)
        // Only a fault reaches it: how long a test's server takes is not what is tested.
        configuration.connectTimeout = .seconds(20)
        configuration.commandTimeout = .seconds(20)
        change(&configuration)
        let node = RedisNode(
            address: configuration.addresses[0], configuration: configuration,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        do {
            let result = try await body(node)
            await node.closed()
            return result
        } catch {
            await node.closed()
            throw error
        }
    }

    /// Reads something on its event loop.
    func onLoop<Value: Sendable>(_ read: @escaping @Sendable (RedisNode) -> Value) async throws -> Value {
        try await eventLoop.submit { read(self) }.get()
    }

    private func closed() async { try? await onLoop { $0.close() } }

    /// Asks until the server answers again.
    func becomesUsable() async throws {
        try await eventually("\(address) answers again") { try await self.execute(Redis.PING()) == "PONG" }
    }
}
