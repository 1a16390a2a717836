import Sluice
import SluiceHTTP

extension ByteWriter {
    /// Writes a decision as the JSON object that `/v1/check` answers with.
    mutating func writeDecision(_ decision: Decision, of entry: PolicyEntry, rules: [RuleOutcome]? = nil) {
        write(decision.isAllowed ? "{\"allowed\":true,\"policy\":" : "{\"allowed\":false,\"policy\":")
        write(entry.fields.json)
        writeJSONName("rule")
        if let rule = decision.rule {
            write(entry.fields.rule(rule).json)
        } else {
            write("null")
        }
        writeNumbers(of: decision)
        write(decision.isDegraded ? ",\"degraded\":true" : ",\"degraded\":false")
        writeReason(of: decision)
        if let shadow = decision.shadowDeniedBy {
            writeJSONName("shadow_denied_by")
            write(entry.fields.rule(shadow).json)
        }
        if let rules {
            writeJSONName("rules")
            writeJSONArray(rules) { $0.writeOutcome($1, of: entry) }
        }
        write(UInt8(ascii: "}"))
    }

    private mutating func writeOutcome(_ outcome: RuleOutcome, of entry: PolicyEntry) {
        write("{\"rule\":")
        write(entry.fields.rule(outcome.rule).json)
        write(outcome.mode == .shadow ? ",\"mode\":\"shadow\"" : ",\"mode\":\"enforce\"")
        write(outcome.decision.isAllowed ? ",\"allowed\":true" : ",\"allowed\":false")
        writeNumbers(of: outcome.decision)
        writeReason(of: outcome.decision)
        write(UInt8(ascii: "}"))
    }

    private mutating func writeNumbers(of decision: Decision) {
        let isLimited = decision.limit != Decision.unlimited
        writeJSONName("limit")
        if isLimited { writeDecimal(decision.limit) } else { write("null") }
        writeJSONName("remaining")
        if isLimited { writeDecimal(decision.remaining) } else { write("null") }
        writeJSONName("retry_after")
        if !decision.isAllowed, let retryAfter = decision.retryAfter {
            writeSeconds(retryAfter)
        } else {
            write("null")
        }
        writeJSONName("reset_after")
        if isLimited { writeSeconds(decision.resetAfter) } else { write("null") }
    }

    private mutating func writeReason(of decision: Decision) {
        guard case .denied(let denial) = decision else { return }
        writeJSONName("reason")
        write(UInt8(ascii: "\""))
        write(string: denial.reason.word)
        write(UInt8(ascii: "\""))
    }
}
