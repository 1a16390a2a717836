public import Hummingbird
public import NIOCore

/// A context that knows who is connected, for applications that need no context of their own.
///
/// Another context learns it by the same two lines, as a `RemoteAddressRequestContext`.
public struct PeerRequestContext: RemoteAddressRequestContext {
    /// What Hummingbird itself keeps of a request.
    public var coreContext: CoreRequestContextStorage
    /// Who is connected: the client, or the proxy before this server.
    public let remoteAddress: SocketAddress?

    /// The context of a request that arrived over a channel.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
