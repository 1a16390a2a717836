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
        func note(_ result: CallStatistics.Result) {
            calls.note(result, nanoseconds: (.now() - start).nanoseconds)
        }
        do {
            let response = try await next(request, context)
            switch response.accepted {
            case .success: note(.succeeded)
            case .failure(let error): note(.init(error))
            }
            return response
        } catch let error as RPCError {
            note(.init(error))
            throw error
        } catch {
            note(.failed)
            throw error
        }
    }
}

extension CallStatistics.Result {
    fileprivate init(_ error: RPCError) {
        switch error.code {
        case .invalidArgument, .notFound, .unauthenticated, .permissionDenied, .unimplemented, .cancelled,
            .resourceExhausted:
            self = .refused
        default: self = .failed
        }
    }
}
#endif
