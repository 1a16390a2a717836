import NIOHTTP1
import Sluice
import SluiceTracing
import Tracing

/// Spans of the requests that are answered on the event loop; the router's have a middleware.
extension HTTPConnectionHandler {
    /// Begins the span of a request, if it is traced.
    func beginSpan(_ head: HTTPRequestHead, _ endpoint: HTTPConnectionStateMachine.Local, _ tracing: RequestTracing) {
        let route =
            switch endpoint {
            case .decision(let endpoint): endpoint.path
            case .authorize: "/v1/authorize/{policy}"
            }
        let span = tracing.begin("\(head.method.rawValue) \(route)", head.headers, HTTPFieldReader())
        span?.updateAttributes {
            $0["http.request.method"] = head.method.rawValue
            $0["http.route"] = route
            $0["url.path"] = String(head.uri.prefix { $0 != "?" })
        }
        self.span = span
    }

    /// Tells what was decided.
    func note(_ decision: Decision) {
        guard let span else { return }
        span.updateAttributes { $0.set(decision, policy: responder.latestPolicy) }
    }

    /// Ends the span of a request that was answered.
    func endSpan(_ span: any Span, _ status: Int, nanoseconds: Int64) {
        tracing?.exemplars.note(span, nanoseconds: nanoseconds)
        span.attributes["http.response.status_code"] = status
        if status >= 500 { span.setStatus(SpanStatus(code: .error)) }
        span.end()
        self.span = nil
    }
}
