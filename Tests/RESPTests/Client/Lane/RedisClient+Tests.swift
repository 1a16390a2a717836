import Logging
import NIOCore
import NIOPosix

@testable import RESP

extension RedisClient {
    /// Runs something with a client that is closed afterwards.
    static func during<Result>(
        _ configuration: RedisConfiguration, settings: RedisTopologySettings = RedisTopologySettings(),
        lanes: Int? = nil, do body: (RedisClient) async throws -> Result
    ) async throws -> Result {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let client = RedisClient(
            configuration, settings: settings, lanes: lanes, group: MultiThreadedEventLoopGroup.singleton,
            logger: logger)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// The port of the node to which each lane would send a key's commands.
    func ports(for key: String) async throws -> [Int?] {
        var ports: [Int?] = []
        for lane in lanes {
            let port = try await lane.eventLoop.submit { () -> Int? in
                guard case .tcp(_, let port) = lane.node(for: HashSlot(key: key))?.node.address else { return nil }
                return port
            }.get()
            ports.append(port)
        }
        return ports
    }

    /// The ports that the lanes are connected to.
    func connectedPorts() async throws -> Set<Int> {
        var ports: Set<Int> = []
        for lane in lanes {
            let addresses = try await lane.eventLoop.submit { lane.nodes.map(\.address) }.get()
            for case .tcp(_, let port) in addresses { ports.insert(port) }
        }
        return ports
    }
}
