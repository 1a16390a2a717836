import GRPCCore
public import Sluice
import SluiceHTTP

/// A key of descriptors, and where a call has its value.
///
/// A call without the value is not counted by the rules that need it, unless their policy is strict: then it ends with
/// `INVALID_ARGUMENT`.
public struct CallKey: Sendable {
    /// The key that rules count by.
    public let key: DescriptorKey
    let value: @Sendable (RateLimitInterceptor.Call, TrustedProxies) -> String?

    private init(
        _ key: DescriptorKey, _ value: @escaping @Sendable (RateLimitInterceptor.Call, TrustedProxies) -> String?
    ) {
        (self.key, self.value) = (key, value)
    }

    /// The client's address as `ip`, IPv6 by its network; behind a trusted proxy the one that it names in the metadata.
    public static let clientAddress = CallKey(.ip) { call, proxies in
        let lines = call.metadata[stringValues: proxies.header.rawValue].map { $0[...] }
        return proxies.client(behind: Peer(description: call.context.remotePeer), lines)
    }

    /// The method with its service, `shop.v1.Orders/Place`, as `method`.
    public static let method = CallKey(.method) { call, _ in call.context.descriptor.fullyQualifiedMethod }

    /// The service, `shop.v1.Orders`, as `service`.
    public static let service = CallKey("service") { call, _ in
        call.context.descriptor.service.fullyQualifiedService
    }

    /// The metadata of a name. Several values count as one, separated by commas.
    public static func metadata(_ name: String, as key: DescriptorKey) -> CallKey {
        CallKey(key) { call, _ in
            let values = Array(call.metadata[stringValues: name])
            return values.isEmpty ? nil : values.joined(separator: ", ")
        }
    }

    /// A value of your own: who has signed in, which tenant it is; `nil` where there is none.
    public static func value(
        _ key: DescriptorKey, _ value: @escaping @Sendable (RateLimitInterceptor.Call) -> String?
    ) -> CallKey {
        CallKey(key) { call, _ in value(call) }
    }
}

/// What a call costs.
public struct CallCost: Sendable, ExpressibleByIntegerLiteral {
    let value: @Sendable (RateLimitInterceptor.Call) -> Int64

    public init(integerLiteral cost: Int64) { value = { _ in cost } }

    private init(_ value: @escaping @Sendable (RateLimitInterceptor.Call) -> Int64) { self.value = value }

    /// The same for every call.
    public static func fixed(_ cost: Int64) -> CallCost { CallCost { _ in cost } }

    /// As each call says, by its metadata and its method; 0 for one that is free.
    public static func call(_ cost: @escaping @Sendable (RateLimitInterceptor.Call) -> Int64) -> CallCost {
        CallCost(cost)
    }
}

extension Peer {
    /// The other end of a connection as gRPC describes it: `ipv4:192.0.2.1:4711`, `ipv6:[2001:db8::1]:443`,
    /// `unix:/run/app.sock`.
    init(description: String) {
        let kind = description.prefix { $0 != ":" }
        let rest = description.dropFirst(kind.count + 1)
        switch kind {
        case "ipv4": self = IPAddress(String(rest.prefix { $0 != ":" })).map(Peer.address) ?? .unknown
        case "ipv6":
            let address = rest.hasPrefix("[") ? rest.dropFirst().prefix { $0 != "]" } : rest
            // A link-local address is followed by the interface it was seen on.
            self = IPAddress(String(address.prefix { $0 != "%" })).map(Peer.address) ?? .unknown
        case "unix": self = .unixSocket
        default: self = .unknown
        }
    }
}
