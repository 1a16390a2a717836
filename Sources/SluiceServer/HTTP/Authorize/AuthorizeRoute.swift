import HTTPTypes
import Hummingbird
import Logging
import Sluice
import SluiceHTTP
import SluiceRedis
import Synchronization

/// `GET|HEAD /v1/authorize/{policy}`: whether a request that a proxy has may pass.
///
/// The answer's status is what the proxy goes by; its fields and body are for the client, if the proxy hands them on.
/// The query says nothing: some proxies append the client's own to their call.
struct AuthorizeRoute: Sendable {
    let engine: DecisionEngine
    let directory: PolicyDirectory
    let settings: CurrentSettings

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/authorize/{policy}") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let name = try context.parameters.require("policy")
        let entry = try directory.entry(name)
        let settings = settings.value
        let authorize = settings.authorize[name] ?? AuthorizeSettings()
        let view = RequestView(askedForBy: request.head, from: context.peer, trusting: settings.trustedProxies)
        let decision = try await decide(entry, Descriptor(authorize.descriptor, of: view))
        var response =
            decision.isAllowed
            ? Response(status: .ok) : Response(Problem(denied: decision, status: authorize.denialStatus))
        response.headers.add(RateLimitFields(decision, of: entry))
        return response
    }

    private func decide(_ entry: PolicyEntry, _ descriptor: Descriptor) async throws -> Decision {
        guard let shared = engine.shared else { return try entry.handle.decide(descriptor) }
        return try await shared.policy(entry.handle).decide(descriptor)
    }
}
