import HTTPTypes
import Hummingbird
import Sluice
import SluiceHTTP
import SluiceRedis

/// `GET|HEAD /v1/authorize/{policy}`: whether a request that a proxy has may pass.
///
/// The answer's status is what the proxy goes by; its fields and body are for the client, if the proxy hands them on.
/// The query says nothing: some proxies append the client's own to their call.
///
/// Decisions in memory are answered on the event loop instead; see `HTTPConnectionHandler+Authorize.swift`.
struct AuthorizeRoute: Sendable {
    let engine: DecisionEngine
    let authorizer: Authorizer

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/authorize/{policy}") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let question = try authorizer.question(about: try context.parameters.require("policy")) { proxies in
            RequestView(askedForBy: context.peer, host: request.head.authority, trusting: proxies) {
                request.headers[values: $0]
            }
        }
        let decision = try await decide(question)
        var response =
            decision.isAllowed
            ? Response(status: .ok) : Response(Problem(denied: decision, status: question.denialStatus))
        response.headers.add(RateLimitFields(decision, of: question.entry.fields))
        return response
    }

    private func decide(_ question: AuthorizeQuestion) async throws -> Decision {
        let handle = question.entry.handle
        guard let shared = engine.shared else { return try handle.decide(question.descriptor) }
        return try await shared.policy(handle).decide(question.descriptor)
    }
}
