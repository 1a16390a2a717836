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
    var peer: Peer { Peer(remoteAddress) }
}

extension Peer {
    /// The other end of a connection, by its address.
    init(_ address: SocketAddress?) {
        switch address {
        case nil: self = .unknown
        case .unixDomainSocket: self = .unixSocket
        case .some(let address): self = address.ipAddress.flatMap { IPAddress($0) }.map(Peer.address) ?? .unknown
        }
    }
}
