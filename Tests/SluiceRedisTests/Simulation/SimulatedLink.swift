import NIOCore
import RESP
import SluiceTesting

/// One connection: bytes in order both ways, late or never.
final class SimulatedLink {
    /// One direction.
    private struct Pipe {
        var queue: [(readyAt: Int64, bytes: ByteBuffer)] = []
        var isMoving = false
        var lastAt: Int64 = 0
        var bytes = 0
    }

    private let network: SimulatedNetwork
    private let loop: SimulatedEventLoop
    let host: Int
    let server: SimulatedRedis
    private var ownChannel: SimulatedChannel?
    private(set) var session: SimulatedSession?
    private var up = Pipe()
    private var down = Pipe()
    private(set) var isOpen = true

    var channel: SimulatedChannel {
        guard let ownChannel else { fatalError("a link has a channel from the start on") }
        return ownChannel
    }

    init(_ network: SimulatedNetwork, _ loop: SimulatedEventLoop, _ host: Int, _ server: SimulatedRedis) {
        self.network = network
        self.loop = loop
        self.host = host
        self.server = server
        ownChannel = SimulatedChannel(loop, self)
        session = SimulatedSession(server) { [weak self] in self?.sendDown($0) }
    }

    /// The client sends.
    func sendUp(_ bytes: ByteBuffer) {
        guard isOpen else { return }
        network.world.note(UInt64(bytes.readableBytes))
        up.queue.append((network.world.now + network.delay(), bytes))
        up.bytes += bytes.readableBytes
        channel.noteBacklog(up.bytes)
        pump()
    }

    /// The server sends, sometimes in two pieces.
    private func sendDown(_ bytes: ByteBuffer) {
        guard isOpen else { return }
        var bytes = bytes
        if bytes.readableBytes > 1, network.world.once(in: 16) {
            let length = Int(network.world.random.number(in: 1...Int64(bytes.readableBytes - 1)))
            if let first = bytes.readSlice(length: length) {
                down.queue.append((network.world.now + network.delay(), first))
            }
        }
        down.queue.append((network.world.now + network.delay(), bytes))
        pump()
    }

    /// Has what waits go on.
    func pump() {
        guard isOpen else { return }
        move(\.up) { [weak self] bytes in
            guard let self else { return }
            up.bytes -= bytes.readableBytes
            let backlog = up.bytes
            loop.enqueue { self.channel.noteBacklog(backlog) }
            session?.receive(bytes)
        }
        move(\.down) { [weak self] bytes in
            guard let self else { return }
            loop.enqueue { self.channel.receive(bytes) }
        }
    }

    private func move(
        _ direction: ReferenceWritableKeyPath<SimulatedLink, Pipe>, _ deliver: @escaping (ByteBuffer) -> Void
    ) {
        guard let head = self[keyPath: direction].queue.first, !self[keyPath: direction].isMoving else { return }
        self[keyPath: direction].isMoving = true
        let moment = max(
            head.readyAt, self[keyPath: direction].lastAt + 1, network.blockedUntil(host, server.address))
        network.world.at(moment) { [weak self] in
            guard let self, isOpen else { return }
            self[keyPath: direction].isMoving = false
            // A partition may have begun meanwhile.
            guard network.blockedUntil(host, server.address) <= network.world.now else {
                return move(direction, deliver)
            }
            guard !self[keyPath: direction].queue.isEmpty else { return }
            self[keyPath: direction].lastAt = network.world.now
            deliver(self[keyPath: direction].queue.removeFirst().bytes)
            pump()
        }
    }

    /// The connection breaks. What is on its way is lost, both ways.
    func cut() {
        guard isOpen else { return }
        shut()
        loop.enqueue { self.channel.end() }
    }

    /// The client has ended it.
    func clientClosed() {
        guard isOpen else { return }
        shut()
    }

    /// What has left the client may arrive all the same.
    private func shut() {
        isOpen = false
        network.remove(self)
        guard let session else { return }
        self.session = nil
        let late = up.queue.map(\.bytes)
        guard !late.isEmpty, network.world.once(in: 2) else { return session.end() }
        network.world.after(network.delay()) {
            for bytes in late { session.receive(bytes) }
            session.end()
        }
    }
}
