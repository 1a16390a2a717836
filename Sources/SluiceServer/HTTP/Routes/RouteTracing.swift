import HTTPTypes
import Hummingbird

/// Traces what is asked of limits through the router; not what only watches the server, nor streams that never end.
struct RouteTracing: RouterMiddleware {
    typealias Context = HTTPContext

    /// Callers are not told.
    private let inner = TracingMiddleware<HTTPContext>(redactingQueryParameters: ["caller"])

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard path.hasPrefix("/v1/"), path != "/v1/events" else { return try await next(request, context) }
        return try await inner.handle(request, context: context, next: next)
    }
}
