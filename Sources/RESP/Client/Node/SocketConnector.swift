package import NIOCore
import NIOPosix

/// Opens sockets: TCP without delay and with keep-alive, or Unix.
package struct SocketConnector: NodeConnector {
    package init() {}

    package func connect(
        to address: NodeAddress, on eventLoop: any EventLoop, within time: TimeAmount,
        initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(time).channelInitializer(initializer)
        switch address {
        case .tcp(let host, let port):
            return
                bootstrap
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .connect(host: host, port: port)
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}
