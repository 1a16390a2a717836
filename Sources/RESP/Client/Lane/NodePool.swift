import Logging
import NIOCore

/// The nodes of one lane, by address. Confined to the lane's event loop.
final class NodePool {
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let connector: any NodeConnector
    private let logger: Logger
    private var nodes: [NodeAddress: RedisNode] = [:]
    /// The same in the order in which they were opened, which is the same whenever a lane is replayed.
    private var inOrder: [RedisNode] = []
    private var random: SplitMix
    /// Called whenever a node's status has changed, but not for one that was closed here.
    var onStatusChange: ((RedisNode, RedisNode.Status) -> Void)?

    /// - Parameter randomSeed: What the nodes' pauses follow from.
    init(
        _ configuration: RedisConfiguration, eventLoop: any EventLoop, connector: any NodeConnector, logger: Logger,
        randomSeed: UInt64
    ) {
        random = SplitMix(seed: randomSeed)
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.connector = connector
        self.logger = logger
    }

    /// Those that are open, in the order in which they were opened.
    var addresses: [NodeAddress] { inOrder.map(\.address) }
    var open: [RedisNode] { inOrder }

    /// The node at an address, if it is open.
    subscript(address: NodeAddress) -> RedisNode? { nodes[address] }

    /// The node at an address, connected to if nobody has begun to.
    func open(_ address: NodeAddress) -> RedisNode {
        if let node = nodes[address] { return node }
        let node = RedisNode(
            address: address, configuration: configuration, eventLoop: eventLoop, logger: logger, connector: connector,
            randomSeed: random.next())
        nodes[address] = node
        inOrder.append(node)
        node.onStatusChange = { [weak self, unowned node] status in
            self?.onStatusChange?(node, status)
        }
        node.connect()
        return node
    }

    /// Lets a node finish what is in flight, and forgets it.
    func close(_ address: NodeAddress) {
        guard let node = nodes.removeValue(forKey: address) else { return }
        inOrder.removeAll { $0 === node }
        node.onStatusChange = nil
        node.close()
    }

    func closeAll() {
        for address in addresses { close(address) }
    }
}
