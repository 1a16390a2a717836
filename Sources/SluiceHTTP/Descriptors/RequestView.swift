package import HTTPTypes
import Sluice

/// What descriptors are made of: a request that arrived here, or one that a proxy asks about.
package struct RequestView {
    private let peer: Peer
    private let proxies: TrustedProxies
    private let method: String?
    private let target: String?
    private let host: String?
    private let lines: (HTTPField.Name) -> [String]

    /// A request that arrived here.
    /// - Parameter peer: Who sent it.
    package init(_ request: HTTPRequest, from peer: Peer, trusting proxies: TrustedProxies) {
        (self.peer, self.proxies) = (peer, proxies)
        (method, target, host) = (request.method.rawValue, request.path, request.authority)
        lines = { request.headerFields[values: $0] }
    }

    /// The request that a proxy has, of which it asks whether it may pass.
    ///
    /// Method, target and host come in `X-Forwarded-Method`, `X-Forwarded-Uri` and `X-Forwarded-Host`, if the proxy is
    /// trusted. No other names are read: what the proxy does not set is the client's to set.
    /// - Parameter lines: The values of a header field of the proxy's request.
    package init(
        askedForBy peer: Peer, host: String?, trusting proxies: TrustedProxies,
        lines: @escaping (HTTPField.Name) -> [String]
    ) {
        (self.peer, self.proxies, self.lines) = (peer, proxies, lines)
        guard proxies.contains(peer) else {
            (method, target, self.host) = (nil, nil, nil)
            return
        }
        method = lines(.forwardedMethod).first
        target = lines(.forwardedURI).first
        self.host = lines(.forwardedHost).first ?? host
    }

    /// What a descriptor holds of this request.
    package func value(_ value: RequestValue) -> String? {
        switch value {
        case .clientAddress: proxies.client(behind: peer, lines(proxies.header.name).lazy.map { $0[...] })
        case .method: method
        case .path: target.map { RequestTarget($0).path }
        case .host: host.map(Self.hostName)
        case .header(let name):
            switch lines(name) {
            case let values where values.count < 2: values.first
            case let values: values.joined(separator: ", ")
            }
        case .query(let name): target.flatMap { RequestTarget($0).parameter(name) }
        }
    }

    private static func hostName(_ authority: String) -> String {
        let authority = authority.lowercased()
        // A port follows the last colon, unless that is inside of an IPv6 address.
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isWholeNumber)
        else { return authority }
        return String(authority[..<colon])
    }
}

extension ForwardedHeader {
    fileprivate var name: HTTPField.Name {
        switch self {
        case .xForwardedFor: .forwardedFor
        case .forwarded: .forwarded
        case .xRealIP: .realIP
        }
    }
}

extension HTTPField.Name {
    // All are tokens, so a name always results.
    fileprivate static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    fileprivate static let forwarded = HTTPField.Name("Forwarded")!
    fileprivate static let realIP = HTTPField.Name("X-Real-IP")!
    fileprivate static let forwardedMethod = HTTPField.Name("X-Forwarded-Method")!
    fileprivate static let forwardedURI = HTTPField.Name("X-Forwarded-Uri")!
    fileprivate static let forwardedHost = HTTPField.Name("X-Forwarded-Host")!
}
