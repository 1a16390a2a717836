internal import NIOCore

/// One connection through a proxy: the client's side and the server's.
final class ProxyLink {
    private let client: any Channel
    private var server: (any Channel)?
    private let core: ProxyCore
    private(set) var isSwallowing = false

    init(client: any Channel, core: ProxyCore) { (self.client, self.core) = (client, core) }

    /// Begins to forward.
    func join(_ server: any Channel) {
        self.server = server
        do {
            guard client.isActive else { return close() }
            let requests = ProxyPipe(.requests, from: client, to: server, of: self, core)
            let replies = ProxyPipe(.replies, from: server, to: client, of: self, core)
            try client.pipeline.syncOperations.addHandler(requests)
            try server.pipeline.syncOperations.addHandler(replies)
            for channel in [client, server] { try startReading(channel) }
        } catch {
            close()
        }
    }

    private func startReading(_ channel: any Channel) throws {
        try channel.syncOptions?.setOption(.autoRead, value: true)
        channel.read()
    }

    /// Passes nothing on any more.
    func swallow() {
        isSwallowing = true
        // A connection that was never joined to the server has nobody to read from it yet.
        guard server == nil else { return }
        client.closeFuture.assumeIsolated().whenComplete { [self] _ in close() }
        try? startReading(client)
    }

    /// Closes both sides at once.
    func close() {
        core.remove(self)
        client.close(promise: nil)
        server?.close(promise: nil)
    }
}
