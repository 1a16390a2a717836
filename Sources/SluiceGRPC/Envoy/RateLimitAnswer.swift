import Foundation
import Sluice
import SluiceHTTP
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
        var told: [(decision: Decision, policy: PolicyFields)] = []
        for target in targets {
            switch target {
            case .nothing: response.statuses.append(Self.passing())
            case .unlimited: response.statuses.append(Self.passing(remaining: .max))
            case .limited(_, let fields, let limit):
                guard let part = parts.popFirst() else { continue }
                response.statuses.append(Self.status(part, limit))
                if !part.isTrial, limit?.isClosed != true { told.append((part.decision, fields)) }
            }
        }
        if let decision { Self.tell(told, decision, in: &response) }
        self.response = response
    }

    /// What the client is told: header fields, and why it is denied.
    private static func tell(
        _ told: [(decision: Decision, policy: PolicyFields)], _ decision: JointDecision, in response: inout Response
    ) {
        let fields = RateLimitFields(told, isAllowed: decision.isAllowed)
        var text = ByteWriter()
        func add(_ name: String, _ write: (inout ByteWriter) -> Void) {
            text.clear()
            write(&text)
            response.responseHeadersToAdd.append(
                .with {
                    $0.key = name
                    $0.value = text.text
                })
        }
        if fields.hasItems {
            add("ratelimit-policy") { fields.writePolicy(into: &$0) }
            add("ratelimit") { fields.writeState(into: &$0) }
        }
        guard !decision.isAllowed else { return }
        if let wait = fields.retryAfter { add("retry-after") { $0.writeDecimal(wait) } }
        add("content-type") { $0.write(string: Problem.contentType) }
        // Of several that deny, the one to wait for longest; never is longer than any.
        let denial = told.map(\.decision).filter { !$0.isAllowed }.max { first, second in
            guard let other = second.retryAfter else { return first.retryAfter != nil }
            return first.retryAfter.map { $0 < other } ?? false
        }
        text.clear()
        Problem(denied: denial ?? .nothingApplies).write(into: &text)
        response.rawBody = Data(text.bytes)
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
