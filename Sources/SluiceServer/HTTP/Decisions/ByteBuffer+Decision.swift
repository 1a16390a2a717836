import NIOCore
import Sluice

extension ByteBuffer {
    /// Writes a decision as the JSON object that `/v1/check` answers with.
    mutating func writeDecision(_ decision: Decision, of entry: PolicyEntry, rules: [RuleOutcome]? = nil) {
        writeStaticString(decision.isAllowed ? "{\"allowed\":true,\"policy\":" : "{\"allowed\":false,\"policy\":")
        writeImmutableBuffer(entry.json)
        writeJSONName("rule")
        if let rule = decision.rule {
            writeImmutableBuffer(entry.fields(of: rule).json)
        } else {
            writeStaticString("null")
        }
        writeNumbers(of: decision)
        writeStaticString(decision.isDegraded ? ",\"degraded\":true" : ",\"degraded\":false")
        writeReason(of: decision)
        if let shadow = decision.shadowDeniedBy {
            writeJSONName("shadow_denied_by")
            writeImmutableBuffer(entry.fields(of: shadow).json)
        }
        if let rules {
            writeJSONName("rules")
            writeJSONArray(rules) { $0.writeOutcome($1, of: entry) }
        }
        writeInteger(UInt8(ascii: "}"))
    }

    private mutating func writeOutcome(_ outcome: RuleOutcome, of entry: PolicyEntry) {
        writeStaticString("{\"rule\":")
        writeImmutableBuffer(entry.fields(of: outcome.rule).json)
        writeStaticString(outcome.mode == .shadow ? ",\"mode\":\"shadow\"" : ",\"mode\":\"enforce\"")
        writeStaticString(outcome.decision.isAllowed ? ",\"allowed\":true" : ",\"allowed\":false")
        writeNumbers(of: outcome.decision)
        writeReason(of: outcome.decision)
        writeInteger(UInt8(ascii: "}"))
    }

    private mutating func writeNumbers(of decision: Decision) {
        let isLimited = decision.limit != Decision.unlimited
        writeJSONName("limit")
        if isLimited { writeDecimal(decision.limit) } else { writeStaticString("null") }
        writeJSONName("remaining")
        if isLimited { writeDecimal(decision.remaining) } else { writeStaticString("null") }
        writeJSONName("retry_after")
        if !decision.isAllowed, let retryAfter = decision.retryAfter {
            writeSeconds(retryAfter)
        } else {
            writeStaticString("null")
        }
        writeJSONName("reset_after")
        if isLimited { writeSeconds(decision.resetAfter) } else { writeStaticString("null") }
    }

    private mutating func writeReason(of decision: Decision) {
        guard case .denied(let denial) = decision else { return }
        writeJSONName("reason")
        writeInteger(UInt8(ascii: "\""))
        writeString(denial.reason.word)
        writeInteger(UInt8(ascii: "\""))
    }
}

extension Denial.Reason {
    /// The reason as it stands in JSON.
    var word: String {
        switch self {
        case .limited: "limited"
        case .impossible: "impossible"
        case .banned: "banned"
        case .listed: "listed"
        case .storeFull: "store_full"
        case .storeFailed: "store_failed"
        }
    }
}
