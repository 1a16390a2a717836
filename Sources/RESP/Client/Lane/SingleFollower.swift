/// Has the one server of a lane that knows no other. Confined to the lane's event loop.
final class SingleFollower {
    private let address: NodeAddress
    private let pool: NodePool
    /// There from the start on.
    private var server: RedisNode?

    init(_ address: NodeAddress, pool: NodePool) {
        self.address = address
        self.pool = pool
    }

    func start(onChange: () -> Void) {
        server = pool.open(address)
        onChange()
    }

    @inline(__always)
    func destination() -> Destination { server.map { .node($0) } ?? .wait }

    func node() -> RoutedNode? { server.map { RoutedNode(index: 0, node: $0) } }
}
