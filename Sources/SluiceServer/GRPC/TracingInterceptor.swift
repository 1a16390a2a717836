#if GRPC
import GRPCCore
import Instrumentation
import NIOCore
import Tracing

/// Begins a span for each call, below the one that its metadata names.
struct TracingInterceptor: ServerInterceptor {
    let tracing: RequestTracing

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (
                _ request: StreamingServerRequest<Input>, _ context: ServerContext
            ) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let method = context.descriptor
        guard let span = tracing.begin(method.fullyQualifiedMethod, request.metadata, MetadataReader()) else {
            return try await next(request, context)
        }
        let start = NIODeadline.now()
        defer {
            tracing.exemplars.note(span, nanoseconds: (.now() - start).nanoseconds)
            span.end()
        }
        span.updateAttributes {
            $0["rpc.system"] = "grpc"
            $0["rpc.service"] = method.service.fullyQualifiedService
            $0["rpc.method"] = method.method
        }
        do {
            let response = try await InstrumentationContext.withValue(span.context) {
                try await next(request, context)
            }
            switch response.accepted {
            case .success: span.attributes["rpc.grpc.status_code"] = 0
            case .failure(let error): span.fail(error)
            }
            return response
        } catch {
            span.fail(error as? RPCError ?? RPCError(code: .unknown, message: "\(error)"))
            throw error
        }
    }
}

/// The metadata of a call.
private struct MetadataReader: Extractor {
    func extract(key: String, from metadata: Metadata) -> String? {
        metadata[stringValues: key].first { _ in true }
    }
}

extension Span {
    fileprivate func fail(_ error: RPCError) {
        attributes["rpc.grpc.status_code"] = error.code.rawValue
        setStatus(SpanStatus(code: .error, message: error.message))
    }
}
#endif
