import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOPosix
import SwiftProtobuf

/// Envoy's service that decides nothing: what grpc-swift itself costs.
@main
struct ConstantService: Envoy_Service_Ratelimit_V3_RateLimitService.SimpleServiceProtocol {
    private static let answer = Envoy_Service_Ratelimit_V3_RateLimitResponse.with { response in
        response.overallCode = .ok
        response.statuses = [
            .with { status in
                status.code = .ok
                status.limitRemaining = 999_999_999
                status.durationUntilReset = .with { $0.seconds = 1 }
                status.currentLimit = .with {
                    $0.requestsPerUnit = 1_000_000_000
                    $0.unit = .second
                    $0.name = "each"
                }
            }
        ]
        response.responseHeadersToAdd = [
            .with {
                $0.key = "ratelimit-policy"
                $0.value = "\"each\";q=1000000000;w=1"
            },
            .with {
                $0.key = "ratelimit"
                $0.value = "\"each\";r=999999999;t=1"
            },
        ]
    }

    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8081
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext,
            eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        try await GRPCServer(transport: transport, services: [ConstantService()]).serve()
    }

    func shouldRateLimit(
        request: Envoy_Service_Ratelimit_V3_RateLimitRequest, context: ServerContext
    ) async throws -> Envoy_Service_Ratelimit_V3_RateLimitResponse {
        precondition(!request.domain.isEmpty)
        return Self.answer
    }
}
