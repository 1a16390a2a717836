import HTTPTypes
import Hummingbird
import Sluice
import SluiceHTTP

/// `GET /v1/callers`: who was denied most in the last five to ten minutes, a line of JSON each.
struct CallersRoute: Sendable {
    let statistics: ServerStatistics

    private static let words = ["policy", "rule", "limit", "include_details"]
    private static let usualLimit = 100

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/callers") { request, _ in try respond(to: request) }
    }

    private func respond(to request: Request) throws -> Response {
        let query = request.uri.queryParameters
        for (name, _) in query where !Self.words.contains(String(name)) {
            let hint = NearestWord.hint(for: String(name.prefix(64)), among: Self.words)
            throw Problem.badRequest("'\(name.prefix(64))' means nothing here\(hint).")
        }
        var limit = Self.usualLimit
        if let text = query["limit"] {
            guard let number = Int(text), number >= 1 else {
                throw Problem.badRequest("'limit' is a whole number from 1.")
            }
            limit = number
        }
        let withDetails = try EventQuery.flag(query["include_details"].map(String.init), named: "include_details")
        let limiter = statistics.engine.limiter
        let (callers, total) = limiter.store.mostDenied(at: limiter.now())
        let wanted = callers.lazy.filter { caller in
            (query["policy"].map(String.init) ?? caller.policy) == caller.policy
                && (query["rule"].map(String.init) ?? caller.rule) == caller.rule
        }
        var out = ByteWriter(capacity: 16 << 10)
        for caller in wanted.prefix(limit) {
            out.write(UInt8(ascii: "{"))
            out.writeMembers(of: caller)
            if withDetails == true {
                out.writeJSONName("last_denied")
                out.write(number: caller.lastDenied.seconds)
                out.writeJSONName("share")
                out.write(number: total > 0 ? Double(caller.denied) / Double(total) : 0)
            }
            out.write("}\n")
        }
        return .lines(out, to: request)
    }
}
