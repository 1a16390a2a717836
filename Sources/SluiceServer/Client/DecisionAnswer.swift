#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A decision as a server's JSON tells it.
public struct DecisionAnswer: Hashable, Sendable, Decodable {
    /// Whether the request may pass.
    public var allowed: Bool
    /// The policy that decided.
    public var policy: String
    /// The rule that denied, or the one nearest to denying.
    public var rule: String?
    /// That rule's limit.
    public var limit: Int64?
    /// How many calls of cost 1 would pass now.
    public var remaining: Int64?
    /// Seconds until the request passes, for a denied one that ever will.
    public var retryAfterSeconds: Double?
    /// Seconds until the limit is whole again.
    public var resetAfterSeconds: Double?
    /// Why it is denied.
    public var reason: String?
    /// The rule in shadow mode that would have denied it.
    public var shadowDeniedBy: String?
    /// Whether a store failed and the rule's failure choice decided.
    public var degraded: Bool

    private enum CodingKeys: String, CodingKey {
        case allowed, policy, rule, limit, remaining, reason, degraded
        case retryAfterSeconds = "retry_after"
        case resetAfterSeconds = "reset_after"
        case shadowDeniedBy = "shadow_denied_by"
    }

    /// Reads the JSON of `/v1/check`; `nil` for anything else.
    public init?(json: String) {
        guard let answer = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = answer
    }
}

/// A server's error answer.
struct ProblemAnswer: Decodable {
    var title: String
    var detail: String

    init?(json: String) {
        guard let answer = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = answer
    }
}
