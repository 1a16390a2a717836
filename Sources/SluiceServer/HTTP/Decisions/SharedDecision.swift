import Sluice
import SluiceHTTP
import SluiceRedis

/// What came of a request for a decision that Redis makes, with all that is needed to tell of it.
enum SharedDecision: Sendable {
    case made(SharedAnswer, of: PolicyEntry, at: DecisionEndpoint, withDetails: Bool)
    case failed(Problem)

    init(
        _ result: Result<SharedAnswer, SluiceError>, of entry: PolicyEntry, at endpoint: DecisionEndpoint,
        withDetails: Bool
    ) {
        switch result {
        case .success(let answer): self = .made(answer, of: entry, at: endpoint, withDetails: withDetails)
        case .failure(let error): self = .failed(Problem(error))
        }
    }

    /// Writes the JSON into `body`; a problem is left to the caller to write.
    func reply(into body: inout ByteWriter) -> DecisionReply {
        switch self {
        case .failed(let problem): return .failed(problem)
        case .made(let answer, let entry, let endpoint, let withDetails):
            let decision = answer.decision
            body.writeDecision(decision, of: entry, rules: withDetails ? answer.rules : nil)
            // A decision that a failure choice made knows of no rule but the one it names.
            let fields =
                answer.rules.isEmpty || !withDetails
                ? RateLimitFields(decision, of: entry.fields)
                : RateLimitFields(decision, of: entry.fields, rules: answer.rules)
            return .decided(
                decision, fields, status: decision.isAllowed || !endpoint.answersDenials ? 200 : 429)
        }
    }
}
