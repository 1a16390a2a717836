package import GRPCCore
import SwiftProtobuf

/// gRPC's health checking protocol, by which Envoy and Kubernetes see whether to send requests here.
///
/// Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
package struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    private let state: ServingState
    private let services: Set<String>

    /// - Parameter services: Whose health may be asked for by name, beside the server's own.
    package init(_ state: ServingState, services: Set<String>) {
        self.state = state
        self.services = services.union([""])
    }

    /// - Throws: `RPCError` with the code `notFound` for a service that is not served.
    package func check(
        request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        guard services.contains(request.service) else {
            throw RPCError(code: .notFound, message: "there is no service '\(request.service.prefix(256))' here")
        }
        return Self.response(state.isServing)
    }

    package func watch(
        request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        let isKnown = services.contains(request.service)
        for await isServing in state.changes() {
            try await response.write(isKnown ? Self.response(isServing) : .with { $0.status = .serviceUnknown })
        }
    }

    private static func response(_ isServing: Bool) -> Grpc_Health_V1_HealthCheckResponse {
        .with { $0.status = isServing ? .serving : .notServing }
    }
}
