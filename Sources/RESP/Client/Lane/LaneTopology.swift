import Logging
import NIOCore

/// What is behind a lane: one server, the master that Sentinels name, or a cluster.
enum LaneTopology {
    case single(SingleFollower)
    case sentinel(MasterFollower)
    case cluster(ClusterFollower)

    init(
        _ configuration: RedisConfiguration, _ settings: RedisTopologySettings, _ pool: NodePool,
        eventLoop: any EventLoop, connector: any NodeConnector, logger: Logger, randomSeed: UInt64
    ) {
        switch configuration.topology {
        case .single: self = .single(SingleFollower(configuration.addresses[0], pool: pool))
        case .sentinel(let name):
            // Sentinels have users of their own and no databases.
            var asked = configuration
            asked.credentials = configuration.sentinelCredentials
            asked.database = 0
            var seeds = SplitMix(seed: randomSeed)
            let sentinelPool = NodePool(
                asked, eventLoop: eventLoop, connector: connector, logger: logger, randomSeed: seeds.next())
            self = .sentinel(
                MasterFollower(
                    sentinels: configuration.addresses, masterName: name, pool: pool, sentinelPool: sentinelPool,
                    eventLoop: eventLoop, settings: settings, logger: logger, randomSeed: seeds.next()))
        case .cluster:
            self = .cluster(
                ClusterFollower(
                    seeds: configuration.addresses, pool: pool, eventLoop: eventLoop, settings: settings,
                    isEncrypted: configuration.tls != nil, logger: logger, randomSeed: randomSeed))
        }
    }

    /// - Parameter onChange: Called when requests that wait should look again.
    func start(onChange: @escaping () -> Void) {
        switch self {
        case .single(let follower): follower.start(onChange: onChange)
        case .sentinel(let follower):
            follower.onChange = onChange
            follower.start()
        case .cluster(let follower):
            follower.onChange = onChange
            follower.start()
        }
    }

    func close() {
        switch self {
        case .single: break
        case .sentinel(let follower): follower.close()
        case .cluster(let follower): follower.close()
        }
    }

    @inline(__always)
    func destination(for slot: HashSlot?) -> Destination {
        switch self {
        case .single(let follower): follower.destination()
        case .sentinel(let follower): follower.destination()
        case .cluster(let follower): follower.destination(for: slot)
        }
    }

    func node(for slot: HashSlot?) -> RoutedNode? {
        switch self {
        case .single(let follower): follower.node()
        case .sentinel(let follower): follower.node()
        case .cluster(let follower): follower.node(for: slot)
        }
    }

    /// The Sentinels that are known.
    var sentinels: [NodeAddress] {
        if case .sentinel(let follower) = self { follower.sentinels } else { [] }
    }

    /// Whether a request that was refused so is sent again. Redirects by a node of a cluster that was taken for a
    /// single server are the user's mistake, which he has to see.
    func follows(_ refusal: RefusedReply) -> Bool {
        switch (self, refusal) {
        case (.cluster, _): true
        case (_, .moved), (_, .ask), (_, .clusterDown): false
        case (_, .tryAgain), (_, .loading), (_, .masterDown), (_, .readOnly): true
        }
    }

    /// A request was refused in a way that may tell of a change.
    func refused(_ refusal: RefusedReply, by source: NodeAddress) {
        switch self {
        case .single: break
        case .sentinel(let follower): follower.refused(refusal)
        case .cluster(let follower): follower.refused(refusal, by: source)
        }
    }

    func refreshWanted() {
        if case .cluster(let follower) = self { follower.refreshWanted() }
    }

    func statusChanged(of node: RedisNode, to status: RedisNode.Status) {
        switch self {
        case .single: break
        case .sentinel(let follower): follower.statusChanged(of: node, to: status)
        case .cluster(let follower): follower.statusChanged(of: node, to: status)
        }
    }
}
