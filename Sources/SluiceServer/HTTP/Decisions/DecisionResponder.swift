import Sluice
import SluiceHTTP
import SluiceRedis

/// What a decision request is answered with; the body is written where the caller asked for it.
enum DecisionReply {
    case decided(Decision, RateLimitFields, status: Int)
    case failed(Problem)
}

/// Reads decision requests, decides them and writes the answers' bodies.
///
/// One belongs to each connection and is used on its event loop only: it remembers the policy asked for last,
/// so that a caller who asks for one policy again and again never waits for a lock.
final class DecisionResponder {
    private let limiter: Limiter
    /// Who decides on Redis; `nil` if the limiter does in memory.
    let shared: SharedLimiter?
    private let directory: PolicyDirectory
    let scratch = JSONScratch()
    private var latest: PolicyEntry?
    /// The policy asked for last.
    var latestPolicy: String? { latest?.handle.name }

    init(_ engine: DecisionEngine, _ directory: PolicyDirectory) {
        limiter = engine.limiter
        shared = engine.shared
        self.directory = directory
    }

    /// Answers one request by a decision in memory and writes the JSON into `body`; a problem is left to the caller to
    /// write.
    func answer(
        _ request: UnsafeRawBufferPointer, at endpoint: DecisionEndpoint, into body: inout ByteWriter
    ) -> DecisionReply {
        DecisionRequest.withDecoded(request, accepting: endpoint.fields, scratch: scratch) { decoded in
            do {
                return try decide(try decoded.get(), at: endpoint, into: &body)
            } catch let fault as RequestFault {
                return .failed(Problem(fault))
            } catch let error as SluiceError {
                return .failed(Problem(error))
            } catch {
                return .failed(Problem(500, "Internal Server Error", "\(error)"))
            }
        }
    }

    private func decide(
        _ request: DecisionRequest, at endpoint: DecisionEndpoint, into body: inout ByteWriter
    ) throws -> DecisionReply {
        let entry = try entry(request.policy)
        if request.wantsDetails { return try explain(request, at: endpoint, of: entry, into: &body) }
        let decision = try entry.handle.decide(
            request.entries, endpoint.operation, cost: request.cost, at: limiter.now())
        body.writeDecision(decision, of: entry)
        let status = decision.isAllowed || !endpoint.answersDenials ? 200 : 429
        return .decided(decision, RateLimitFields(decision, of: entry.fields), status: status)
    }

    private func explain(
        _ request: DecisionRequest, at endpoint: DecisionEndpoint, of entry: PolicyEntry, into body: inout ByteWriter
    ) throws -> DecisionReply {
        let (decision, rules) = try entry.handle.explain(
            request.entries, cost: request.cost, charging: endpoint == .check, at: limiter.now())
        body.writeDecision(decision, of: entry, rules: rules)
        let fields = RateLimitFields(decision, of: entry.fields, rules: rules)
        return .decided(decision, fields, status: decision.isAllowed ? 200 : 429)
    }

    @inline(__always)
    func entry(_ name: UnsafeRawBufferPointer) throws(SluiceError) -> PolicyEntry {
        if let latest, latest.handle.isCurrent, latest.name.withUnsafeBytes({ $0.hasSameBytes(as: name) }) {
            return latest
        }
        let entry = try directory.entry(name.text)
        latest = entry
        return entry
    }
}
