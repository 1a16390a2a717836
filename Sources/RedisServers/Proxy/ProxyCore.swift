internal import NIOCore
internal import NIOPosix

/// What a proxy knows, on its event loop.
final class ProxyCore {
    let serverPort: Int
    let eventLoop: any EventLoop
    var listener: (any Channel)?
    var welcome = TCPProxy.Welcome.forward
    var delays: (requests: TimeAmount, replies: TimeAmount) = (.zero, .zero)
    var trickle: (bytes: Int, pause: TimeAmount)?
    var replyBytesBeforeCut: Int?
    var rewrite: (([UInt8]) -> [UInt8])?
    var counts = TCPProxy.Counts()
    private var links: [ObjectIdentifier: ProxyLink] = [:]

    init(serverPort: Int, eventLoop: any EventLoop) { (self.serverPort, self.eventLoop) = (serverPort, eventLoop) }

    func accept(_ client: any Channel) {
        eventLoop.preconditionInEventLoop()
        counts.connections += 1
        counts.open += 1
        let link = ProxyLink(client: client, core: self)
        links[ObjectIdentifier(link)] = link
        guard welcome == .forward else { return link.swallow() }
        let isolated = eventLoop.assumeIsolated()
        ClientBootstrap(group: eventLoop).channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: serverPort)
            .assumeIsolated()
            .whenComplete { result in
                isolated.execute {
                    switch result {
                    case .success(let server): link.join(server)
                    case .failure: link.close()
                    }
                }
            }
    }

    func remove(_ link: ProxyLink) {
        if links.removeValue(forKey: ObjectIdentifier(link)) != nil { counts.open -= 1 }
    }

    func swallowOpenConnections() {
        for link in links.values { link.swallow() }
    }

    func closeAll() {
        for link in links.values { link.close() }
    }
}
