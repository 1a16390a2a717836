package import Sluice

/// Whose word is taken for whom a request is from.
///
/// Whoever connects is the client, unless its address is in one of these networks: then it is asked for the address
/// before it, and so on, until one is not. What anybody else says in a header field is ignored, for a client could
/// send a new address with each request and be counted by none.
public struct TrustedProxies: Sendable {
    private var networks: [IPNetwork]
    /// The header field in which these proxies name the address before them.
    public var header: ForwardedHeader
    /// How many bits of an IPv6 address stand for a client, 1 to 128. A household has at least a /64, so whoever
    /// is counted by all 128 bits has as many limits as he likes.
    public var ipv6PrefixLength = 64

    /// Nobody but this machine's own loopback addresses.
    public static let loopback = TrustedProxies(
        networks: [IPNetwork("127.0.0.0/8"), IPNetwork("::1/128")].compactMap(\.self), header: .xForwardedFor)

    private init(networks: [IPNetwork], header: ForwardedHeader) {
        self.networks = networks
        self.header = header
    }

    /// The proxies in these networks.
    /// - Parameters:
    ///   - networks: Addresses and networks, such as `10.0.0.0/8`, `192.0.2.1` and `2001:db8::/32`.
    ///   - header: The header field in which they name the address before them.
    /// - Throws: ``TrustedProxiesError`` for one that is neither.
    public init(_ networks: [String], header: ForwardedHeader = .xForwardedFor) throws(TrustedProxiesError) {
        self.header = header
        self.networks = []
        for text in networks {
            guard let network = IPNetwork(text) ?? IPAddress(text).map({ IPNetwork($0, length: 128) }) else {
                throw TrustedProxiesError(network: text)
            }
            self.networks.append(network)
        }
    }

    /// Whether whoever connected is one of these proxies.
    package func contains(_ peer: Peer) -> Bool {
        switch peer {
        case .address(let address): contains(address)
        case .unixSocket: true
        case .unknown: false
        }
    }

    private func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// The client whose request came from `peer`, as descriptors name him: `192.0.2.1`, `2001:db8:1:2::/64`.
    ///
    /// O(hops × networks).
    /// - Parameters:
    ///   - peer: Who connected.
    ///   - lines: The values of ``header`` in the order of the request.
    /// - Returns: `nil` when a Unix domain socket's other end names nobody.
    package func client(behind peer: Peer, _ lines: some Sequence<Substring>) -> String? {
        var client: IPAddress? = if case .address(let address) = peer { address } else { nil }
        guard contains(peer) else { return client.map(name) }
        for hop in header.hops(lines).reversed() {
            // What lies before something that is no address is nobody's word.
            guard let hop else { break }
            client = hop
            guard contains(hop) else { break }
        }
        return client.map(name)
    }

    private func name(_ address: IPAddress) -> String {
        guard !address.isIPv4, ipv6PrefixLength < 128 else { return "\(address)" }
        return "\(IPNetwork(address, length: max(1, ipv6PrefixLength)).first)/\(max(1, ipv6PrefixLength))"
    }
}

/// The other end of a connection.
package enum Peer: Hashable, Sendable {
    case address(IPAddress)
    /// A process on this machine, which may be trusted.
    case unixSocket
    /// Nobody whose word is taken.
    case unknown
}

/// A network that is none.
public struct TrustedProxiesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was given.
    public var network: String

    public var description: String {
        "'\(network)' is neither an address nor a network: write 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32."
    }
}
