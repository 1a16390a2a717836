import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP

/// What a request carries through the router.
struct HTTPContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// Who sent the request.
    var peer: Peer {
        guard let remoteAddress else { return .unknown }
        if case .unixDomainSocket = remoteAddress { return .unixSocket }
        return remoteAddress.ipAddress.flatMap { IPAddress($0) }.map(Peer.address) ?? .unknown
    }
}
