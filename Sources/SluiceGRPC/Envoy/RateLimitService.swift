package import GRPCCore
package import Sluice
import SluicePolicies
import SluiceTracing
import SwiftProtobuf

/// Envoy's rate limit service: all descriptors of a request pass and are charged, or none.
///
/// Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ratelimit/v3/rls.proto
package struct RateLimitService: Envoy_Service_Ratelimit_V3_RateLimitService.SimpleServiceProtocol {
    private typealias Response = Envoy_Service_Ratelimit_V3_RateLimitResponse

    /// How often a request is looked at again that came between the two steps of a reload.
    private static let mostAttempts = 3

    private let limiter: any JointLimiter
    private let directory: DomainDirectory

    package init(_ limiter: any JointLimiter, _ directory: DomainDirectory) {
        self.limiter = limiter
        self.directory = directory
    }

    /// - Throws: `RPCError` for a request that cannot be decided. Envoy lets such a request pass unless it is told
    ///   otherwise (`failure_mode_deny`).
    package func shouldRateLimit(
        request: Envoy_Service_Ratelimit_V3_RateLimitRequest, context: ServerContext
    ) async throws -> Envoy_Service_Ratelimit_V3_RateLimitResponse {
        guard !request.domain.isEmpty else {
            throw RPCError(code: .invalidArgument, message: "the domain is empty; set it in Envoy's rate limit filter")
        }
        guard !request.descriptors.isEmpty else {
            throw RPCError(code: .invalidArgument, message: "there are no descriptors; a request needs at least one")
        }
        guard request.descriptors.count <= JointPlan.maximumCharges else {
            throw RPCError(
                code: .invalidArgument,
                message: "there are \(request.descriptors.count) descriptors; the most is \(JointPlan.maximumCharges)")
        }
        var attempt = 1
        while true {
            do throws(SluiceError) {
                return try await answer(request)
            } catch {
                guard error.code == .unknownPolicy, attempt < Self.mostAttempts else { throw RPCError(error) }
                attempt += 1
                await Task.yield()
            }
        }
    }

    private func answer(
        _ request: Envoy_Service_Ratelimit_V3_RateLimitRequest
    ) async throws(SluiceError) -> Envoy_Service_Ratelimit_V3_RateLimitResponse {
        let targets = try targets(of: request)
        var parts: [JointPart] = []
        for case .limited(let part, _, _) in targets { parts.append(part) }
        guard !parts.isEmpty else { return RateLimitAnswer(targets, nil).response }
        return RateLimitAnswer(targets, try await decide(parts, in: request.domain)).response
    }

    private func decide(_ parts: [JointPart], in domain: String) async throws(SluiceError) -> JointDecision {
        let span = ChildSpan("sluice.decide")
        do throws(SluiceError) {
            let decision = try await limiter.decide(parts)
            let answer = decision.answer
            span.end(answer.decision, policy: parts[answer.place].policy.name, domain: domain)
            return decision
        } catch {
            span.end(failing: error)
            throw error
        }
    }

    private func targets(
        of request: Envoy_Service_Ratelimit_V3_RateLimitRequest
    ) throws(SluiceError) -> [DomainDirectory.Target] {
        let requestHits = Int64(max(1, request.hitsAddend))
        var targets: [DomainDirectory.Target] = []
        for descriptor in request.descriptors {
            let hits = descriptor.hasHitsAddend ? Int64(clamping: descriptor.hitsAddend.value) : requestHits
            targets.append(try directory.target(request.domain, descriptor, hits: hits))
        }
        let replaced = Set(targets.flatMap { $0.envoyLimit?.replaces ?? [] })
        guard !replaced.isEmpty else { return targets }
        return targets.map { target in
            guard let name = target.envoyLimit?.name, replaced.contains(name) else { return target }
            if case .unlimited = target { return target }
            return .nothing
        }
    }
}

extension RPCError {
    /// What a caller is told whose request cannot be decided.
    init(_ error: SluiceError) {
        let code: Code =
            switch error.code {
            case .invalidDescriptor, .invalidCost, .missingKey: .invalidArgument
            default: .unavailable
            }
        self.init(code: code, message: error.message)
    }
}
