#if GRPC
import GRPCCore
import NIOCore

/// Counts calls and how long they take.
struct CountingInterceptor: ServerInterceptor {
    let calls: CallStatistics

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (
                _ request: StreamingServerRequest<Input>, _ context: ServerContext
            ) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let start = NIODeadline.now()
        func note(_ succeeded: Bool) { calls.note(succeeded: succeeded, nanoseconds: (.now() - start).nanoseconds) }
        do {
            let response = try await next(request, context)
            if case .success = response.accepted { note(true) } else { note(false) }
            return response
        } catch {
            note(false)
            throw error
        }
    }
}
#endif
