import HTTPTypes
import Hummingbird
import SluiceHTTP

/// `GET /v1/whoami`: who asks, and what he may.
struct WhoamiRoute: Sendable {
    /// Who the users are; `nil` if everybody may ask.
    let access: AccessControl?
    /// Whether calls that change the server are answered.
    let answersAdminCalls: Bool

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/whoami") { request, context in respond(to: request, context) }
    }

    private func respond(to request: Request, _ context: HTTPContext) -> Response {
        // The connection has let the request in already; here it is only asked whose it is.
        let place = context.remoteAddress?.ipAddress ?? "a Unix socket"
        let user = request.headers[.authorization].flatMap { access?.authorize(field: $0, from: place) }?.user
        let roles = access == nil ? Roles.all : user?.roles ?? []
        var out = ByteWriter()
        out.write("{\"user\":")
        if let user { out.writeJSONString(user.name) } else { out.write("null") }
        out.writeJSONName("roles")
        out.writeJSONArray(roles.words) { $0.writeJSONString($1) }
        out.writeJSONName("admin")
        out.write(answersAdminCalls && roles.contains(.admin) ? "true" : "false")
        out.write(UInt8(ascii: "}"))
        return .json(out)
    }
}
