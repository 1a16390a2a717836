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
        let call = try AuthorizeCall(request.uri.query ?? "", denialStatus: authorize.denialStatus)
        let peer = context.peer
        let view = RequestView(askedForBy: request.head, from: peer, trusting: settings.trustedProxies)
        let descriptor = Descriptor(authorize.descriptor, of: view)
        let decision = try await decide(entry, descriptor, cost: call.cost)
        let fields = RateLimitFields(decision, of: entry)
        var response =
            decision.isAllowed
            ? Response(status: .ok) : Response(Problem(denied: decision, status: call.denialStatus))
        response.headers.add(fields)
        return response
    }

    private func decide(_ entry: PolicyEntry, _ descriptor: Descriptor, cost: Int64) async throws -> Decision {
        guard let shared = engine.shared else { return try entry.handle.decide(descriptor, cost: cost) }
        return try await shared.policy(entry.handle).decide(descriptor, cost: cost)
    }
}

/// What the proxy's configuration says in the query: `deny-with=403&cost=2`.
struct AuthorizeCall {
    private(set) var denialStatus: Int
    private(set) var cost: Int64 = 1

    private static let words = ["deny-with", "cost"]

    init(_ query: String, denialStatus: Int) throws(RequestFault) {
        self.denialStatus = denialStatus
        for (name, value) in RequestTarget("/?\(query)").parameters {
            switch name {
            case "deny-with":
                guard let status = Int(value), Self.isDenial(status) else {
                    throw .invalid("'deny-with' is a status from 400 to 599, not '\(value.prefix(64))'.")
                }
                self.denialStatus = status
            case "cost":
                guard let cost = Int64(value), cost >= 0 else {
                    throw .invalid("'cost' is a whole number from 0, not '\(value.prefix(64))'.")
                }
                self.cost = cost
            default:
                let word = String(name.prefix(64))
                let hint = NearestWord.hint(for: word, among: Self.words)
                throw .invalid("'\(word)' means nothing here\(hint); a call says deny-with and cost.")
            }
        }
    }

    /// Whether a status tells a proxy that a request may not pass.
    static func isDenial(_ status: Int) -> Bool { (400...599).contains(status) }
}
