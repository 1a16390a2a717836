import Sluice
import SluiceHTTP

extension ByteWriter {
    /// Writes `{"policies":[…]}` with every rule and its numbers; spans are in seconds.
    mutating func writePolicies(_ policies: [Policy]) {
        write("{\"policies\":")
        writeJSONArray(policies) { $0.write($1) }
        write(UInt8(ascii: "}"))
    }

    private mutating func write(_ policy: Policy) {
        write("{\"name\":")
        writeJSONString(policy.name)
        writeJSONName("strict")
        write(policy.isStrict ? "true" : "false")
        writeJSONName("on_store_failure")
        writeJSONString(policy.onStoreFailure.rawValue)
        if !policy.allow.isEmpty {
            writeJSONName("allow")
            writeJSONArray(policy.allow) { $0.write($1) }
        }
        if !policy.deny.isEmpty {
            writeJSONName("deny")
            writeJSONArray(policy.deny) { $0.write($1) }
        }
        writeJSONName("rules")
        writeJSONArray(policy.rules) { $0.write($1) }
        write(UInt8(ascii: "}"))
    }

    private mutating func write(_ rule: Rule) {
        write("{\"name\":")
        writeJSONString(rule.name)
        writeJSONName("by")
        writeJSONArray(rule.keys) { $0.writeJSONString($1.name) }
        writeJSONName("mode")
        writeJSONString(rule.mode.rawValue)
        writeJSONName("limit")
        write(rule.limit)
        if !rule.condition.terms.isEmpty {
            writeJSONName("when")
            write(rule.condition)
        }
        if !rule.overrides.isEmpty {
            writeJSONName("overrides")
            writeJSONArray(rule.overrides) { buffer, override in
                buffer.write("{\"when\":")
                buffer.write(override.condition)
                buffer.writeJSONName("limit")
                buffer.write(override.limit)
                buffer.write(UInt8(ascii: "}"))
            }
        }
        if !rule.replaces.isEmpty {
            writeJSONName("replaces")
            writeJSONArray(rule.replaces) { $0.writeJSONString($1) }
        }
        if let cost = rule.cost {
            writeJSONName("cost")
            writeDecimal(cost)
        }
        if let penalty = rule.penalty { write(penalty) }
        write(UInt8(ascii: "}"))
    }

    private mutating func write(_ limit: Limit) {
        write("{\"algorithm\":")
        writeJSONString(limit.algorithm.rawValue)
        if limit.algorithm != .unlimited {
            writeJSONName("count")
            writeDecimal(limit.count)
        }
        if limit.algorithm == .tokenBucket {
            writeJSONName("burst")
            writeDecimal(limit.burst)
        }
        if limit.periodNanoseconds > 0 {
            writeJSONName("period")
            writeSeconds(limit.period)
        }
        if let unit = limit.calendarUnit {
            writeJSONName("unit")
            writeJSONString(unit.rawValue)
        }
        if let timeZone = limit.timeZone {
            writeJSONName("time_zone")
            writeJSONString(timeZone)
        }
        if limit.extends { write(",\"extend\":true") }
        write(UInt8(ascii: "}"))
    }

    private mutating func write(_ penalty: Penalty) {
        writeJSONName("penalty")
        if penalty == .onHold { return write("{\"hold\":true}") }
        switch penalty.kind {
        case .ban(let duration, let maximum):
            write("{\"ban\":")
            writeSeconds(duration)
            writeJSONName("max")
            writeSeconds(maximum)
        case .shrink(let recovery):
            write("{\"recovery\":")
            writeSeconds(recovery)
        }
        writeJSONName("after")
        writeDecimal(Int64(penalty.denials))
        if let window = penalty.window {
            writeJSONName("within")
            writeSeconds(window)
        }
        write(UInt8(ascii: "}"))
    }

    private mutating func write(_ condition: Condition) {
        write(UInt8(ascii: "{"))
        for (index, term) in condition.terms.enumerated() {
            if index > 0 { write(UInt8(ascii: ",")) }
            writeJSONString(term.key.name)
            write(UInt8(ascii: ":"))
            writeJSONArray(term.patterns) { $0.writeJSONString($1.text) }
        }
        write(UInt8(ascii: "}"))
    }
}
