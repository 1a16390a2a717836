public import Sluice

/// A law broken, with all that is needed to play it again.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// What was expected and what came.
    public var message: String
    /// The seed of the generator.
    public var seed: UInt64
    /// The policies in force.
    public var policies: [Policy]
    /// The steps up to the one that failed; the suite has left out what the failure does not need.
    public var steps: [TraceStep]
    /// When it failed.
    public var moment: Timestamp

    public var description: String {
        let rules = policies.flatMap { policy in policy.rules.map { "  \(policy.name): \(Self.summary($0))" } }
        let played = steps.map { "  \($0)" }
        return """
            \(message)
            seed \(seed), at \(moment.nanoseconds) ns
            \(rules.joined(separator: "\n"))
            after
            \(played.joined(separator: "\n"))
            """
    }

    private static func summary(_ rule: Rule) -> String {
        let limit = rule.limit
        return """
            \(rule.name) by \(rule.keys.map(\.name)) \(limit.algorithm.rawValue) \(limit.count) per \
            \(limit.periodNanoseconds) ns burst \(limit.burst)\(limit.extends ? " extends" : "") \(rule.mode) \
            cost \(rule.cost.map(String.init) ?? "as asked") replaces \(rule.replaces) \
            penalty \(rule.penalty.map { "\($0)" } ?? "none") overrides \(rule.overrides.count) \
            when \(rule.condition.terms.map { "\($0.key)=\($0.patterns)" })
            """
    }
}

/// What a run of the suite has met, so that a test can tell that it tested something.
public struct ConformanceCoverage: Sendable, Hashable {
    /// Decisions compared with the oracle.
    public var decisions = 0
    /// Of those, allowed.
    public var allowed = 0
    /// Denied until later.
    public var limited = 0
    /// Denied for ever.
    public var impossible = 0
    /// Denied by a penalty.
    public var banned = 0
    /// Denied by a list.
    public var listed = 0
    /// Decisions that told of a shadow rule's denial.
    public var shadowDenied = 0
    /// Retries tried a millisecond early and in time.
    public var retries = 0
    /// Remainders used up call by call.
    public var remainders = 0

    /// Nothing met yet.
    public init() {}

    mutating func note(_ decision: Decision) {
        decisions += 1
        if decision.shadowDeniedBy != nil { shadowDenied += 1 }
        guard case .denied(let denial) = decision else {
            allowed += 1
            return
        }
        switch denial.reason {
        case .limited: limited += 1
        case .impossible: impossible += 1
        case .banned: banned += 1
        case .listed: listed += 1
        case .storeFull, .storeFailed: break
        }
    }

    /// The sum of two runs.
    public static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.decisions += b.decisions
        sum.allowed += b.allowed
        sum.limited += b.limited
        sum.impossible += b.impossible
        sum.banned += b.banned
        sum.listed += b.listed
        sum.shadowDenied += b.shadowDenied
        sum.retries += b.retries
        sum.remainders += b.remainders
        return sum
    }
}
