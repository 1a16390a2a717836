import Sluice
import SluiceHTTP
import SluicePolicies
import SluiceRedis
import Synchronization

/// Writes what the dashboard and `sluice top` show: one JSON object, once a second for all who look on.
struct SummaryWriter {
    let statistics: ServerStatistics
    let nodes: [NodeReport]
    /// How long things took in about the last ten seconds.
    let recent: [(name: String, counts: DurationCounts)]

    /// The callers that are told.
    private static let mostCallers = 20

    func write(at now: Timestamp, into out: inout ByteWriter) {
        let engine = statistics.engine
        out.write("{\"time\":")
        out.write(number: now.seconds)
        out.writeJSONName("uptime")
        out.write(number: (now - statistics.startedAt) / .seconds(1))
        out.writeJSONName("version")
        out.writeJSONString(BuildInformation.version)
        out.writeJSONName("store")
        out.writeJSONString(engine.storeName)
        out.writeJSONName("shows_callers")
        out.write(statistics.showsCallers ? "true" : "false")
        writeRules(into: &out)
        writeLatency(into: &out)
        writeTransports(into: &out)
        writeStore(into: &out)
        out.writeJSONName("leases")
        writeLeases(into: &out)
        writeProcess(into: &out)
        writeLoad(into: &out)
        out.writeJSONName("callers")
        let callers = engine.limiter.store.mostDenied(at: now).callers.prefix(Self.mostCallers)
        out.writeJSONArray(callers) { out, caller in
            out.write(UInt8(ascii: "{"))
            out.writeMembers(of: caller)
            out.write(UInt8(ascii: "}"))
        }
        out.writeJSONName("overrides")
        out.writeJSONArray(statistics.overrides.all) { $0.write($1) }
        out.write(UInt8(ascii: "}"))
    }

    private func writeRules(into out: inout ByteWriter) {
        var counts: [String: RuleCount] = [:]
        let all = statistics.engine.limiter.counts
        for count in all { counts["\(count.policy)\0\(count.rule)"] = count }
        var told: Set<String> = []
        out.writeJSONName("rules")
        out.write(UInt8(ascii: "["))
        var isFirst = true
        for policy in statistics.engine.limiter.policies {
            for rule in policy.rules {
                if !isFirst { out.write(UInt8(ascii: ",")) }
                isFirst = false
                let name = "\(policy.name)\0\(rule.name)"
                told.insert(name)
                let canBan = if case .ban? = rule.penalty?.kind { true } else { false }
                write(
                    counts[name], policy: policy.name, rule: rule.name, mode: rule.mode.rawValue,
                    limit: rule.limit.words, canBan: canBan, into: &out)
            }
        }
        // Lists, `CL.THROTTLE`, and rules that are gone.
        for count in all where !told.contains("\(count.policy)\0\(count.rule)") {
            if !isFirst { out.write(UInt8(ascii: ",")) }
            isFirst = false
            write(
                count, policy: count.policy, rule: count.rule, mode: "enforce", limit: "", canBan: false, into: &out)
        }
        out.write(UInt8(ascii: "]"))
    }

    private func write(
        _ count: RuleCount?, policy: String, rule: String, mode: String, limit: String, canBan: Bool,
        into out: inout ByteWriter
    ) {
        out.write("{\"policy\":")
        out.writeJSONString(policy)
        out.writeJSONName("rule")
        out.writeJSONString(rule)
        out.writeJSONName("mode")
        out.writeJSONString(mode)
        out.writeJSONName("limit")
        out.writeJSONString(limit)
        out.writeJSONName("can_ban")
        out.write(canBan ? "true" : "false")
        for outcome in CountedOutcome.allCases {
            out.write(",\"")
            out.write(string: outcome.rawValue)
            out.write("\":")
            out.writeDecimal(Int64(count?[outcome] ?? 0))
        }
        out.writeJSONName("use")
        out.writeJSONArray(count?.used ?? Array(repeating: 0, count: 8)) { $0.writeDecimal(Int64($1)) }
        out.write(UInt8(ascii: "}"))
    }

    private func writeLatency(into out: inout ByteWriter) {
        out.writeJSONName("latency")
        out.writeJSONArray(recent) { out, part in
            out.write("{\"name\":")
            out.writeJSONString(part.name)
            out.writeJSONName("count")
            out.writeDecimal(Int64(part.counts.count))
            let shares: [(StaticString, Double)] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)]
            for (name, share) in shares {
                out.writeJSONName(name)
                out.write(seconds: part.counts.percentile(share))
            }
            out.write(UInt8(ascii: "}"))
        }
    }

    private func writeTransports(into out: inout ByteWriter) {
        out.writeJSONName("transports")
        out.writeJSONArray(statistics.transports) { out, transport in
            out.write("{\"name\":")
            out.writeJSONString(transport.name)
            out.writeJSONName("connections")
            out.writeOptional(transport.connections.map(Int64.init))
            out.writeJSONName("refused")
            out.writeOptional(transport.refused.map(Int64.init))
            out.writeJSONName("requests")
            out.writeDecimal(Int64(transport.requests))
            out.writeJSONName("errors")
            out.writeDecimal(Int64(transport.errors))
            out.write(UInt8(ascii: "}"))
        }
    }

    private func writeStore(into out: inout ByteWriter) {
        let engine = statistics.engine
        out.writeJSONName("cells")
        if engine.shared == nil {
            let store = engine.limiter.store
            out.write("{\"held\":")
            out.writeDecimal(Int64(store.count))
            out.writeJSONName("limit")
            out.writeDecimal(Int64(store.capacity))
            out.writeJSONName("bytes")
            out.writeDecimal(Int64(store.bytes))
            out.writeJSONName("dropped")
            out.writeDecimal(Int64(store.droppedCells))
            out.write(UInt8(ascii: "}"))
        } else {
            out.write("null")
        }
        let surveys = statistics.surveys.withLock { $0 }
        out.writeJSONName("nodes")
        out.writeJSONArray(nodes) { out, node in
            let survey = surveys.first { $0.address == node.address }
            out.write("{\"node\":")
            out.writeJSONString(node.address)
            let numbers: [(StaticString, Int64?)] = [
                ("ready", Int64(node.ready)), ("lanes", Int64(node.ready + node.connecting + node.failed)),
                ("queue", Int64(node.queued)), ("memory", survey?.memoryBytes.map { Int64($0) }),
                ("memory_limit", survey?.memoryLimitBytes.map { Int64($0) }), ("errors", Int64(node.lost)),
            ]
            for (name, value) in numbers {
                out.writeJSONName(name)
                out.writeOptional(value)
            }
            out.writeJSONName("breaker")
            out.writeJSONString(node.breaker.word)
            out.write(UInt8(ascii: "}"))
        }
        out.writeJSONName("breakers")
        out.writeJSONArray(nodes) { out, node in
            out.write("{\"name\":")
            out.writeJSONString(node.address)
            out.writeJSONName("state")
            out.writeJSONString(node.breaker.word)
            out.write(UInt8(ascii: "}"))
        }
    }

    private func writeLeases(into out: inout ByteWriter) {
        let held = statistics.engine.limiter.heldSlots
        let rules = statistics.engine.limiter.policies.flatMap { policy in
            policy.rules.filter { $0.limit.algorithm == .concurrency }.map { (policy.name, $0) }
        }
        out.writeJSONArray(rules) { out, entry in
            out.write("{\"policy\":")
            out.writeJSONString(entry.0)
            out.writeJSONName("rule")
            out.writeJSONString(entry.1.name)
            out.writeJSONName("held")
            out.writeDecimal(held.first { $0.policy == entry.0 && $0.rule == entry.1.name }?.slots ?? 0)
            out.writeJSONName("limit")
            out.writeDecimal(entry.1.limit.count)
            out.write(UInt8(ascii: "}"))
        }
    }

    private func writeProcess(into out: inout ByteWriter) {
        let process = ProcessStatistics.now()
        out.writeJSONName("process")
        out.write("{\"cpu_seconds\":")
        out.write(number: process.cpuSeconds)
        out.writeJSONName("resident_bytes")
        out.writeOptional(process.residentBytes.map { Int64($0) })
        out.writeJSONName("open_files")
        out.writeOptional(process.openFiles.map { Int64($0) })
        out.writeJSONName("threads")
        out.writeDecimal(Int64(statistics.threads))
        out.write(UInt8(ascii: "}"))
    }

    private func writeLoad(into out: inout ByteWriter) {
        let load = statistics.loads.state
        let policies = statistics.engine.limiter.policies
        out.writeJSONName("load")
        out.write("{\"time\":")
        out.write(number: (load.triedAt ?? statistics.startedAt).seconds)
        out.writeJSONName("succeeded")
        out.write(load.fault == nil ? "true" : "false")
        out.writeJSONName("message")
        if let fault = load.fault { out.writeJSONString(fault) } else { out.write("null") }
        out.writeJSONName("seconds")
        out.write(number: load.duration / .seconds(1))
        out.writeJSONName("policies")
        out.writeDecimal(Int64(policies.count))
        out.writeJSONName("rules")
        out.writeDecimal(Int64(policies.reduce(0) { $0 + $1.rules.count }))
        out.writeJSONName("reloads")
        out.writeDecimal(Int64(load.reloads))
        out.writeJSONName("failures")
        out.writeDecimal(Int64(load.failures))
        out.write(UInt8(ascii: "}"))
    }
}

extension NodeReport.BreakerStanding {
    var word: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half-open"
        case .open: "open"
        }
    }
}

extension ByteWriter {
    /// Writes a number that may have a fraction.
    mutating func write(number: Double) { write(string: number.isFinite ? number.description : "null") }

    /// Writes nanoseconds as seconds, all digits.
    mutating func write(seconds nanoseconds: Int64?) {
        guard let nanoseconds else { return write("null") }
        write(number: Double(nanoseconds) / 1_000_000_000)
    }

    mutating func writeOptional(_ number: Int64?) {
        if let number { writeDecimal(number) } else { write("null") }
    }

    /// Writes `"policy":…` and what else is told of a caller, without brackets.
    mutating func writeMembers(of caller: DeniedCaller) {
        write("\"policy\":")
        writeJSONString(caller.policy)
        writeJSONName("rule")
        writeJSONString(caller.rule)
        writeJSONName("caller")
        writeJSONString(caller.caller)
        writeJSONName("denied")
        writeDecimal(Int64(caller.denied))
        writeJSONName("error")
        writeDecimal(Int64(caller.error))
    }

    mutating func write(_ override: OverrideBook.Override) {
        write("{\"policy\":")
        writeJSONString(override.policy)
        writeJSONName("rule")
        writeJSONString(override.rule)
        writeJSONName("limit")
        writeJSONString(override.limit.words)
        writeJSONName("instead_of")
        writeJSONString(override.original.words)
        writeJSONName("until")
        write(number: override.until.seconds)
        write(UInt8(ascii: "}"))
    }

    /// Writes a decision as an event tells it.
    mutating func write(_ event: DecisionEvent) {
        write("{\"time\":")
        write(number: event.time.seconds)
        writeJSONName("policy")
        writeJSONString(event.policy)
        writeJSONName("rule")
        writeJSONString(event.rule)
        writeJSONName("outcome")
        writeJSONString(event.outcome.rawValue)
        writeJSONName("caller")
        writeJSONString(event.caller)
        writeJSONName("cost")
        writeDecimal(event.cost)
        writeJSONName("limit")
        writeOptional(event.limit)
        writeJSONName("remaining")
        writeOptional(event.remaining)
        writeJSONName("retry_after")
        if let retryAfter = event.retryAfter { writeSeconds(retryAfter) } else { write("null") }
        writeJSONName("degraded")
        write(event.isDegraded ? "true" : "false")
        write(UInt8(ascii: "}"))
    }
}
