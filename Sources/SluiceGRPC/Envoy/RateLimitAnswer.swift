import Sluice
import SluicePolicies
import SwiftProtobuf

/// A decision in the words of Envoy's service.
struct RateLimitAnswer {
    private typealias Response = Envoy_Service_Ratelimit_V3_RateLimitResponse

    let response: Envoy_Service_Ratelimit_V3_RateLimitResponse

    /// - Parameter decision: With a part for each target that is limited; `nil` if none is.
    init(_ targets: [DomainDirectory.Target], _ decision: JointDecision?) {
        var response = Response()
        response.overallCode = decision?.isAllowed == false ? .overLimit : .ok
        var parts = (decision?.parts ?? [])[...]
        for target in targets {
            switch target {
            case .nothing: response.statuses.append(Self.passing())
            case .unlimited: response.statuses.append(Self.passing(remaining: .max))
            case .limited(_, let limit):
                if let part = parts.popFirst() { response.statuses.append(Self.status(part, limit)) }
            }
        }
        self.response = response
    }

    private static func passing(remaining: UInt32 = 0) -> Response.DescriptorStatus {
        var status = Response.DescriptorStatus()
        status.code = .ok
        status.limitRemaining = remaining
        return status
    }

    private static func status(_ part: JointDecision.Part, _ limit: EnvoyLimit?) -> Response.DescriptorStatus {
        var status = passing()
        status.code = part.decision.isAllowed ? .ok : .overLimit
        guard part.decision.limit != Decision.unlimited else {
            // No rule applies, or one that lets everything pass.
            if part.decision.rule != nil { status.limitRemaining = .max }
            return status
        }
        status.limitRemaining = UInt32(clamping: part.decision.remaining)
        status.durationUntilReset = Google_Protobuf_Duration(rounding: part.decision.resetAfter)
        status.currentLimit = currentLimit(part, limit)
        if limit?.isClosed == true { status.limitRemaining = 0 }
        return status
    }

    private static func currentLimit(_ part: JointDecision.Part, _ limit: EnvoyLimit?) -> Response.RateLimit {
        var current = Response.RateLimit()
        if let limit {
            current.name = limit.name ?? ""
            current.requestsPerUnit = limit.requestsPerUnit
            current.unit = Response.RateLimit.Unit(limit.unit)
        } else {
            current.name = part.decision.rule?.description ?? ""
            current.requestsPerUnit = UInt32(clamping: part.count)
            // A period that is none of Envoy's has no word there.
            let unit = EnvoyUnit.allCases.first { $0.seconds * 1_000_000_000 == part.periodNanoseconds }
            current.unit = unit.map { .init($0) } ?? .unknown
        }
        return current
    }
}

extension Envoy_Service_Ratelimit_V3_RateLimitResponse.RateLimit.Unit {
    init(_ unit: EnvoyUnit) {
        self =
            switch unit {
            case .second: .second
            case .minute: .minute
            case .hour: .hour
            case .day: .day
            case .week: .week
            case .month: .month
            case .year: .year
            }
    }
}
