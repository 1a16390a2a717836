import HTTPTypes
import Hummingbird
import Sluice
import SluiceHummingbird
import SluiceTesting
import Synchronization

/// Limiters, requests and answers that the tests have in common.
enum ProtectedApplication {
    typealias Context = PeerRequestContext

    /// A limiter on a time line that a test moves.
    static func limiter(_ time: ManualTime = ManualTime(), @ListBuilder<Policy> _ policies: () -> [Policy]) throws
        -> Limiter
    {
        try Limiter(policies(), time: .provided(by: time))
    }

    /// An application with these middlewares before a route that answers `hello`.
    static func greeting(_ middlewares: RateLimit<Context>...) -> Application<RouterResponder<Context>> {
        serving(middlewares) { _, _ in "hello" }
    }

    /// An application with these middlewares before one route.
    static func serving(
        _ middlewares: [any MiddlewareProtocol<Request, Response, Context>],
        _ route: @escaping @Sendable (Request, Context) async throws -> some ResponseGenerator
    ) -> Application<RouterResponder<Context>> {
        let router = Router(context: Context.self)
        for middleware in middlewares { router.add(middleware: middleware) }
        for path in ["/", "**"] as [RouterPath] {
            router.get(path, use: route)
            router.post(path, use: route)
        }
        return Application(router: router)
    }
}

extension HTTPField.Name {
    static let rateLimit = HTTPField.Name("RateLimit")!
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
    static let user = HTTPField.Name("X-User")!
    static let cost = HTTPField.Name("X-Cost")!
}

/// Counts what happened.
final class Tally: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func note() { value.withLock { $0 += 1 } }
}
