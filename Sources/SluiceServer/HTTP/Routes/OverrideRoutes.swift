import Hummingbird
import Sluice
import SluiceHTTP
import SluicePolicies

/// `POST /v1/overrides` gives a rule other numbers for a while, `DELETE /v1/overrides` its own again, `GET` tells which
/// there are.
struct OverrideRoutes: Sendable {
    let keeper: OverrideKeeper
    let limits: HTTPLimits

    func list() -> Response {
        var out = ByteWriter()
        out.write("{\"overrides\":")
        out.writeJSONArray(keeper.book.all) { $0.write($1) }
        out.write(UInt8(ascii: "}"))
        return .json(out)
    }

    func add(_ request: Request) async throws -> Response {
        let said = try await AdminRequest(request, accepting: .override, limits: limits)
        let override = try keeper.begin(
            policy: said.policy, rule: said.rule, limit: said.limit, for: .seconds(said.seconds))
        var out = ByteWriter()
        out.write(override)
        return .json(out)
    }

    func remove(_ request: Request) async throws -> Response {
        let said = try await AdminRequest(request, accepting: .ruleOnly, limits: limits)
        let override = try keeper.end(policy: said.policy, rule: said.rule)
        var out = ByteWriter()
        out.write(override)
        return .json(out)
    }
}
