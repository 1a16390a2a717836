import HTTPTypes
import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP

/// Turns every error into problem details, and a missing route into the reason why.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = HTTPContext

    let limits: HTTPLimits

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return Response(problem)
        } catch let error as SluiceError {
            return Response(Problem(error))
        } catch is NIOTooManyBytesError {
            return Response(.bodyTooLarge(limit: limits.maximumBodyBytes))
        } catch let error as HTTPError where error.status == .notFound {
            return Response(Self.missing(request.uri.path, method: request.method.rawValue))
        } catch let error as any HTTPResponseError {
            return Response(Problem(error.status.code, error.status.reasonPhrase, "\(error)"))
        }
    }

    /// Why no route was found: another method, or no such path.
    static func missing(_ path: String, method: String) -> Problem {
        if let known = HTTPRoutes.methods.first(where: { matches(path, $0.path) }) {
            return .wrongMethod(method, path: known.path, allowed: known.methods)
        }
        let shown = String(path.prefix(64))
        let hint = NearestWord.hint(for: shown, among: HTTPRoutes.methods.map(\.path))
        return .notFound("There is nothing at '\(shown)'\(hint); GET / lists what there is.")
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        let path = path.split(separator: "/")
        let pattern = pattern.split(separator: "/")
        return path.count == pattern.count && zip(path, pattern).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
    }
}
