import HTTPTypes
import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP
import SluiceRedis

/// The endpoints, as Hummingbird routes.
struct HTTPRoutes: Sendable {
    typealias Context = HTTPContext

    let engine: DecisionEngine
    let directory: PolicyDirectory
    let limits: HTTPLimits
    let readiness: Readiness
    let authorizer: Authorizer
    /// The calls that change the server itself.
    let admin: AdminRoutes
    let statistics: ServerStatistics
    let feed: SummaryFeed
    /// Who the users are; `nil` if everybody may ask.
    let access: AccessControl?
    /// Whether the program has a tracer.
    let isTraced: Bool
    /// Where decisions are asked for that Redis makes.
    let group: any EventLoopGroup

    /// Every path with the methods it answers, for the answers to those who ask for others.
    static let methods: [(path: String, methods: [String])] = [
        ("/", ["GET", "HEAD"]),
        ("/dashboard.css", ["GET", "HEAD"]),
        ("/dashboard.js", ["GET", "HEAD"]),
        ("/metrics", ["GET", "HEAD"]),
        ("/healthz", ["GET", "HEAD"]),
        ("/readyz", ["GET", "HEAD"]),
        ("/v1/check", ["POST"]),
        ("/v1/check/stream", ["POST"]),
        ("/v1/peek", ["POST"]),
        ("/v1/refund", ["POST"]),
        ("/v1/reset", ["POST"]),
        ("/v1/leases", ["POST"]),
        ("/v1/leases/{id}", ["PUT", "DELETE"]),
        ("/v1/authorize/{policy}", ["GET", "HEAD"]),
        ("/v1/policies", ["GET", "HEAD"]),
        ("/v1/policies/reload", ["POST"]),
        ("/v1/events", ["GET", "HEAD"]),
        ("/v1/callers", ["GET", "HEAD"]),
        ("/v1/whoami", ["GET", "HEAD"]),
        ("/v1/bans", ["POST", "DELETE"]),
        ("/v1/overrides", ["GET", "HEAD", "POST", "DELETE"]),
    ]

    func router() -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        if isTraced { router.add(middleware: RouteTracing()) }
        router.add(middleware: ProblemMiddleware(limits: limits))
        for endpoint in DecisionEndpoint.allCases {
            router.post(RouterPath(endpoint.path)) { request, _ in try await decide(request, at: endpoint) }
        }
        router.post("/v1/check/stream") { request, _ in
            DecisionStream(engine: engine, directory: directory, limits: limits, group: group).response(to: request)
        }
        LeaseRoutes(engine: engine, directory: directory, limits: limits, group: group).add(to: router)
        AuthorizeRoute(engine: engine, authorizer: authorizer).add(to: router)
        router.get("/v1/policies") { _, _ in policies() }
        admin.add(to: router)
        EventsRoute(statistics: statistics, feed: feed).add(to: router)
        CallersRoute(statistics: statistics).add(to: router)
        WhoamiRoute(access: access, answersAdminCalls: admin.areAnswered).add(to: router)
        router.get("/metrics") { request, _ in await metrics(request) }
        router.get("/healthz") { _, _ in Response.plain("ok\n") }
        router.get("/readyz") { _, _ in try await ready() }
        DashboardPage().add(to: router)
        return router
    }

    private func decide(_ request: Request, at endpoint: DecisionEndpoint) async throws -> Response {
        if endpoint == .reset || endpoint == .refund, request.isFromOtherSite { throw Problem.otherSite }
        let bytes = try await request.body.collect(upTo: limits.maximumBodyBytes)
        var body = ByteWriter()
        let responder = DecisionResponder(engine, directory)
        let reply: DecisionReply
        if let shared = engine.shared {
            reply = await responder.ask(bytes, at: endpoint, of: shared, on: group.any()).reply(into: &body)
        } else {
            reply = bytes.withUnsafeReadableBytes { responder.answer($0, at: endpoint, into: &body) }
        }
        switch reply {
        case .failed(let problem): throw problem
        case .decided(let decision, let fields, let status):
            var response =
                status == 429 && request.prefersProblem
                ? Response(Problem(denied: decision)) : .json(body, status: .init(code: status))
            response.headers.add(fields)
            return response
        }
    }

    private func policies() -> Response {
        var body = ByteWriter()
        body.writePolicies(engine.limiter.policies)
        return .json(body)
    }

    private func metrics(_ request: Request) async -> Response {
        var text = MetricsText(accepting: request.headers[.accept])
        await ServerMetrics(statistics: statistics).write(into: &text)
        let bytes = ByteBuffer(bytes: text.out.bytes)
        var response = Response(
            status: .ok, headers: [.contentType: text.contentType], body: .init(byteBuffer: bytes))
        response.compress(bytes, for: request)
        return response
    }

    private func ready() async throws -> Response {
        guard readiness.isReady else { throw Problem(503, "Service Unavailable", "The server is stopping.") }
        if let shared = engine.shared, await !shared.reachesStore() { throw Problem.storeAway }
        return .plain("ready\n")
    }
}

extension Request {
    /// Whether a denial is wanted as problem details: only when they are asked for by name.
    var prefersProblem: Bool { headers[.accept]?.contains(Problem.contentType) == true }
}

extension Response {
    static func json(_ body: borrowing ByteWriter, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }

    static func plain(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    init(_ problem: Problem) {
        var body = ByteWriter()
        problem.write(into: &body)
        var headers: HTTPFields = [.contentType: Problem.contentType]
        if let allow = problem.allow { headers[.allow] = allow }
        if problem.isChallenge { headers[values: .wwwAuthenticate] = Problem.schemes }
        if let retryAfter = problem.retryAfter { headers[.retryAfter] = String(retryAfter) }
        self.init(
            status: .init(code: problem.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }
}
