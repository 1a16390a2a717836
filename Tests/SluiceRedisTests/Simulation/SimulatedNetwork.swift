import NIOCore
import RESP
import SluiceTesting

/// What lies between instances and servers: delays, partitions, connections that break.
final class SimulatedNetwork {
    let world: SimulatedWorld
    var servers: [NodeAddress: SimulatedRedis] = [:]
    /// Connections that stand or are being made.
    private(set) var links: [SimulatedLink] = []
    /// Until when nothing passes between an instance and a server.
    private var blocked: [Route: Int64] = [:]
    /// How long a message takes at most while all is well.
    var usualDelay: Int64 = 200_000
    /// One message in a hundred takes up to this long.
    var longestDelay: Int64 = 5_000_000

    private struct Route: Hashable {
        var host: Int
        var server: NodeAddress
    }

    init(_ world: SimulatedWorld) { self.world = world }

    func delay() -> Int64 {
        let isSlow = world.once(in: 100)
        return world.random.number(in: 20_000...(isSlow ? longestDelay : usualDelay))
    }

    /// Until when nothing passes: in the past if something does.
    func blockedUntil(_ host: Int, _ server: NodeAddress) -> Int64 {
        blocked[Route(host: host, server: server)] ?? .min
    }

    /// Lets nothing pass for a while. What is sent meanwhile comes late.
    func block(_ host: Int, _ server: NodeAddress, for time: Int64) {
        blocked[Route(host: host, server: server)] = world.now + time
    }

    /// Lets everything pass again.
    func heal() {
        blocked = [:]
        for link in links { link.pump() }
    }

    func add(_ link: SimulatedLink) { links.append(link) }

    func remove(_ link: SimulatedLink) { links.removeAll { $0 === link } }

    /// Ends all connections of an instance, or those to a server, or one by chance.
    func cut(where isMeant: (SimulatedLink) -> Bool) {
        for link in links where isMeant(link) { link.cut() }
    }
}

/// One instance's way to open connections.
///
/// Sendable: everything happens on the simulation's one thread.
final class SimulatedConnector: NodeConnector, @unchecked Sendable {
    struct Refused: Error {}

    private let network: SimulatedNetwork
    let host: Int
    /// Whether the instance's process is gone.
    var isGone = false

    init(_ network: SimulatedNetwork, host: Int) {
        self.network = network
        self.host = host
    }

    func connect(
        to address: NodeAddress, on eventLoop: any EventLoop, within time: TimeAmount,
        initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let promise = eventLoop.makePromise(of: (any Channel).self)
        guard let loop = eventLoop as? SimulatedEventLoop else {
            promise.fail(SimulatedChannel.Unsupported())
            return promise.futureResult
        }
        let world = network.world
        world.after(network.delay()) { [self] in
            let isBlocked = network.blockedUntil(host, address) > world.now
            guard !isBlocked, !isGone else {
                let rest = world.random.number(in: 0...time.nanoseconds)
                return world.after(rest) { promise.fail(ChannelError.connectTimeout(time)) }
            }
            guard let server = network.servers[address], server.isUp else { return promise.fail(Refused()) }
            let link = SimulatedLink(network, loop, host, server)
            network.add(link)
            loop.enqueue {
                let channel = link.channel
                initializer(channel).whenComplete { result in
                    switch result {
                    case .success:
                        promise.succeed(channel)
                        channel.open()
                    case .failure(let error):
                        channel.end()
                        promise.fail(error)
                    }
                }
            }
        }
        return promise.futureResult
    }
}
