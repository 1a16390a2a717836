public import HTTPTypes
public import Hummingbird
public import NIOCore
public import Sluice
import SluiceHTTP

/// A key of descriptors, and where a request has its value.
///
/// A request without the value is not counted by the rules that need it, unless their policy is strict: then it is
/// answered with 400.
public struct RequestKey<Context: RequestContext>: Sendable {
    /// The key that rules count by.
    public let key: DescriptorKey
    let value: @Sendable (Request, Context, TrustedProxies) -> String?

    init(
        _ key: DescriptorKey, _ value: @escaping @Sendable (Request, Context, TrustedProxies) -> String?
    ) {
        (self.key, self.value) = (key, value)
    }

    private init(_ key: DescriptorKey, _ value: RequestValue) {
        self.init(key) { request, _, proxies in
            RequestView(request.head, from: .unknown, trusting: proxies).value(value)
        }
    }

    /// A value of your own: who has signed in, which tenant it is; `nil` where there is none.
    public static func value(
        _ key: DescriptorKey, _ value: @escaping @Sendable (Request, Context) -> String?
    ) -> RequestKey {
        RequestKey(key) { request, context, _ in value(request, context) }
    }

    /// The method, `GET`, as `method`.
    public static var method: RequestKey { RequestKey(.method, .method) }

    /// The path without its query, decoded and without `..` or empty segments, as `path`.
    public static var path: RequestKey { RequestKey(.path, .path) }

    /// The host, in small letters and without a port, as `host`.
    public static var host: RequestKey { RequestKey("host", .host) }

    /// A header field.
    public static func header(_ name: HTTPField.Name, as key: DescriptorKey) -> RequestKey {
        RequestKey(key, .header(name))
    }

    /// A parameter of the query, decoded; under its own name unless another is given.
    public static func query(_ name: String, as key: DescriptorKey? = nil) -> RequestKey {
        RequestKey(key ?? DescriptorKey(name), .query(name))
    }

    /// The client's address as `ip`, from a context that cannot tell who is connected.
    /// - Parameter address: Who is connected; `nil` where that is not known.
    public static func clientAddress(
        _ address: @escaping @Sendable (Request, Context) -> SocketAddress?
    ) -> RequestKey {
        RequestKey(.ip) { request, context, proxies in
            RequestView(request.head, from: Peer(address(request, context)), trusting: proxies).value(.clientAddress)
        }
    }
}

extension RequestKey where Context: RemoteAddressRequestContext {
    /// The client's address as `ip`, IPv6 by its network; behind a trusted proxy the one that it names.
    ///
    /// The context must tell who is connected: ``PeerRequestContext`` does, and so does any that is a
    /// `RemoteAddressRequestContext`.
    public static var clientAddress: RequestKey { clientAddress { _, context in context.remoteAddress } }
}
