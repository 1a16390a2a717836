import GRPCCore
import Sluice
import SluiceHTTP

extension RPCError {
    /// What ends a call that may not pass.
    ///
    /// Who is denied only because a store failed did nothing too often: that is `UNAVAILABLE`.
    init(refusing denial: Denial, _ fields: RateLimitFields) {
        let problem = Problem(refusing: denial, status: 429)
        self.init(code: problem.status == 429 ? .resourceExhausted : .unavailable, message: problem.detail)
        metadata.add(fields)
        // gRFC A6: milliseconds, or a negative number for "never".
        let wait = denial.retryAfter.map { min($0.millisecondsRoundedUp, Int64(Int32.max)) } ?? -1
        metadata.addString(String(wait), forKey: "grpc-retry-pushback-ms")
    }

    /// What ends a call that could not be decided. Only what the client can mend is told; the rest is for the log.
    init(undecided error: SluiceError) {
        let problem = Problem(undecided: error)
        self.init(code: problem.status == 400 ? .invalidArgument : .internalError, message: problem.detail)
    }
}

extension Metadata {
    /// Adds what is to be told of a decision, as HTTP has it in its fields.
    mutating func add(_ fields: RateLimitFields) {
        if fields.hasItems {
            var text = ByteWriter()
            fields.writePolicy(into: &text)
            addString(text.text, forKey: "ratelimit-policy")
            text.clear()
            fields.writeState(into: &text)
            addString(text.text, forKey: "ratelimit")
        }
        if let retryAfter = fields.retryAfter { addString(String(retryAfter), forKey: "retry-after") }
    }
}
