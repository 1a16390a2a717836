import HTTPTypes
import Hummingbird
import Sluice
import SluiceHTTP
import SluicePolicies

/// The calls that change the server itself.
struct AdminRoutes: Sendable {
    /// `nil` if the policies are from no file.
    let reloader: PolicyReloader?
    let keeper: OverrideKeeper
    let engine: DecisionEngine
    let limits: HTTPLimits
    /// Whether they are answered at all.
    let areAnswered: Bool

    func add(to router: Router<HTTPContext>) {
        router.post("/v1/policies/reload") { request, _ in
            try check(request)
            return try await reload()
        }
        router.post("/v1/bans") { request, _ in
            try check(request)
            return try await bans.ban(request)
        }
        router.delete("/v1/bans") { request, _ in
            try check(request)
            return try await bans.pardon(request)
        }
        router.get("/v1/overrides") { _, _ in overrides.list() }
        router.post("/v1/overrides") { request, _ in
            try check(request)
            return try await overrides.add(request)
        }
        router.delete("/v1/overrides") { request, _ in
            try check(request)
            return try await overrides.remove(request)
        }
    }

    private var bans: BanRoutes { BanRoutes(engine: engine, limits: limits) }
    private var overrides: OverrideRoutes { OverrideRoutes(keeper: keeper, limits: limits) }

    /// Whether the call is answered: not if it is another site's, which makes somebody's browser ask it.
    private func check(_ request: Request) throws {
        guard areAnswered else { throw Problem.adminCallsAreOff }
        if request.isFromOtherSite { throw Problem.otherSite }
    }

    /// `POST /v1/policies/reload`: reads the policy file again and puts it in force.
    private func reload() async throws -> Response {
        guard let reloader else {
            throw Problem(409, "Conflict", "The policies are from no file; start the server with --config FILE.")
        }
        do {
            let outcome = try await reloader.reload()
            var body = ByteWriter()
            body.write("{\"policies\":")
            body.writeDecimal(Int64(outcome.policies))
            body.writeJSONName("rules")
            body.writeDecimal(Int64(outcome.rules))
            body.writeJSONName("seconds")
            body.writeSeconds(outcome.duration)
            body.write(UInt8(ascii: "}"))
            return .json(body)
        } catch let error as PolicyFileError {
            throw Problem(422, "Unprocessable Content", "The policies stay as they were. \(error)")
        } catch let error as SluiceError {
            throw Problem(422, "Unprocessable Content", "The policies stay as they were: \(error.message)")
        }
    }
}

extension Request {
    /// Whether a browser sends it for a page that is not this server's own.
    var isFromOtherSite: Bool {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { headers[$0] }
        return site != nil && site != "same-origin" && site != "none"
    }
}

extension Problem {
    static let adminCallsAreOff = Problem(
        403, "Forbidden", "Calls that change the server are off; start it with --admin to allow them.")

    static let otherSite = Problem(403, "Forbidden", "Another site's page may not ask this.")
}
