package import HTTPTypes
import Sluice

/// What descriptors are made of: a request that arrived here, or one that a proxy asks about.
package struct RequestView {
    /// The client, as descriptors name him.
    package let client: String?
    private let method: String?
    private let target: RequestTarget?
    private let host: String?
    private let fields: HTTPFields

    /// A request that arrived here.
    /// - Parameter peer: Who sent it.
    package init(_ request: HTTPRequest, from peer: Peer, trusting proxies: TrustedProxies) {
        client = proxies.client(behind: peer, request.headerFields.lines(proxies.header))
        method = request.method.rawValue
        target = request.path.map(RequestTarget.init)
        host = request.authority.map(Self.hostName)
        fields = request.headerFields
    }

    /// The request that a proxy has, of which this one asks whether it may pass.
    ///
    /// Method, target and host come in `X-Forwarded-Method`, `X-Forwarded-Uri` and `X-Forwarded-Host`, if the proxy is
    /// trusted. No other names are read: what the proxy does not set is the client's to set.
    package init(askedForBy request: HTTPRequest, from peer: Peer, trusting proxies: TrustedProxies) {
        fields = request.headerFields
        client = proxies.client(behind: peer, fields.lines(proxies.header))
        guard proxies.contains(peer) else {
            (method, target, host) = (nil, nil, nil)
            return
        }
        method = fields[.forwardedMethod]
        target = fields[.forwardedURI].map(RequestTarget.init)
        host = (fields[.forwardedHost] ?? request.authority).map(Self.hostName)
    }

    /// What a descriptor holds of this request.
    package func value(_ value: RequestValue) -> String? {
        switch value {
        case .clientAddress: client
        case .method: method
        case .path: target?.path
        case .host: host
        case .header(let name): fields[name]
        case .query(let name): target?.parameter(name)
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

extension HTTPFields {
    fileprivate func lines(_ header: ForwardedHeader) -> [Substring] {
        self[values: header.name].map { $0[...] }
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
