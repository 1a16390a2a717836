import GRPCCore
import Sluice
import SluicePolicies
import SwiftProtobuf

@testable import SluiceGRPC

typealias RateLimitRequest = Envoy_Service_Ratelimit_V3_RateLimitRequest
typealias RateLimitResponse = Envoy_Service_Ratelimit_V3_RateLimitResponse
typealias RateLimitDescriptor = Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor

extension RateLimitRequest {
    /// A request about descriptors of `key=value` entries.
    init(_ domain: String, _ descriptors: [(String, String)]..., hits: UInt32 = 0) {
        self.init()
        self.domain = domain
        self.descriptors = descriptors.map { RateLimitDescriptor($0) }
        hitsAddend = hits
    }
}

extension RateLimitDescriptor {
    init(_ entries: [(String, String)]) {
        self.init()
        self.entries = entries.map { key, value in
            .with {
                $0.key = key
                $0.value = value
            }
        }
    }

    /// With a limit of its own.
    func limited(to requests: UInt32, per unit: Envoy_Type_V3_RateLimitUnit) -> Self {
        var other = self
        other.limit = .with {
            $0.requestsPerUnit = requests
            $0.unit = unit
        }
        return other
    }
}

extension RateLimitService {
    /// The answer, without a network between.
    func answer(_ request: RateLimitRequest) async throws -> RateLimitResponse {
        try await withServerContextRPCCancellationHandle { handle in
            let context = ServerContext(
                descriptor: Envoy_Service_Ratelimit_V3_RateLimitService.Method.ShouldRateLimit.descriptor,
                remotePeer: "in-process:1", localPeer: "in-process:2", cancellation: handle)
            return try await shouldRateLimit(request: request, context: context)
        }
    }

    /// The codes of answers to the same request, one after the other.
    func codes(_ count: Int, _ request: RateLimitRequest) async throws -> [RateLimitResponse.Code] {
        var codes: [RateLimitResponse.Code] = []
        for _ in 0..<count { codes.append(try await answer(request).overallCode) }
        return codes
    }
}
