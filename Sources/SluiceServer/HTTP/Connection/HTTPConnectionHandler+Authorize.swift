import HTTPTypes
import NIOCore
import NIOHTTP1
import Sluice
import SluiceHTTP

/// What proxies ask, decided in memory and answered on the event loop.
extension HTTPConnectionHandler {
    private static let authorizePath = "/v1/authorize/"

    /// Whether a request is answered here; anything unusual in its path is the router's.
    static func isAuthorize(_ head: HTTPRequestHead) -> Bool {
        (head.method == .GET || head.method == .HEAD) && policyName(in: head.uri) != nil
    }

    /// The policy's name, if nothing in the path is encoded.
    private static func policyName(in uri: String) -> Substring? {
        guard uri.hasPrefix(authorizePath) else { return nil }
        let name = uri.dropFirst(authorizePath.count).prefix { $0 != "?" }
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }) else {
            return nil
        }
        return name
    }

    /// What a proxy's request is answered with.
    func authorize(_ head: HTTPRequestHead, from peer: Peer) -> AuthorizeReply {
        do {
            let question = try authorizer.question(about: String(Self.policyName(in: head.uri) ?? "")) { proxies in
                RequestView(askedForBy: peer, host: head.headers.first(name: "Host"), trusting: proxies) {
                    head.headers[$0.canonicalName]
                }
            }
            let decision = try question.entry.handle.decide(question.descriptor)
            let fields = RateLimitFields(decision, of: question.entry.fields)
            if decision.isAllowed { return .passes(fields) }
            return .denied(Problem(denied: decision, status: question.denialStatus), fields)
        } catch {
            return .failed(Problem(error))
        }
    }
}

/// What a proxy's question is answered with.
enum AuthorizeReply {
    case passes(RateLimitFields)
    case denied(Problem, RateLimitFields)
    case failed(Problem)
}
