#if GRPC
import GRPCCore
import Sluice

/// Lets in who proves by the metadata `authorization: Bearer TOKEN` that he may ask for decisions.
struct AccessInterceptor: ServerInterceptor {
    /// Answered to everybody, as health is on HTTP.
    private static let openService = "grpc.health.v1.Health"

    let access: AccessControl

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (
                _ request: StreamingServerRequest<Input>, _ context: ServerContext
            ) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard context.descriptor.service.fullyQualifiedService != Self.openService else {
            return try await next(request, context)
        }
        guard let field = request.metadata[stringValues: "authorization"].first(where: { _ in true }) else {
            throw RPCError(code: .unauthenticated, message: "send 'authorization: Bearer' with a user's token")
        }
        guard let allowed = access.authorize(field: field, from: context.remotePeer) else {
            throw RPCError(code: .unauthenticated, message: "no user has this token")
        }
        guard allowed.user.roles.contains(.check) else {
            throw RPCError(
                code: .permissionDenied, message: "the user '\(allowed.user.name)' lacks the role 'check'")
        }
        return try await next(request, context)
    }
}
#endif
